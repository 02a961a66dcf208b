"""What one network address has had within the hour."""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'allowance',
        sa.Column('wanted', sa.String(length=16), nullable=False),
        sa.Column('network', sa.String(length=45), nullable=False, comment='address, of IPv6 the /64'),
        sa.Column('times', sa.JSON(), nullable=False, comment='seconds since 1970, of the last hour'),
        sa.Column('latest_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('wanted', 'network', name=op.f('pk_allowance')),
    )
    op.create_index(op.f('ix_allowance_latest_at'), 'allowance', ['latest_at'], unique=False)
    if op.get_bind().dialect.name == 'postgresql':  # the other keeps no comments
        op.alter_column(
            'callback', 'origin', existing_type=sa.String(length=16), existing_nullable=False,
            comment='who asked: caller, nobody (queue empty), transfer, dialplan, officer, agent, desk, page',
        )


def downgrade() -> None:
    op.drop_table('allowance')
