"""Outages of the system, from the health checks (P5.4.3)."""

import sqlalchemy as sa
from alembic import op

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'outage',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('node', sa.String(length=16), nullable=False),
        sa.Column('part', sa.String(length=8), nullable=False, comment='system or pages'),
        sa.Column('began_at', sa.DateTime(timezone=True), nullable=False, comment='when it was last seen up'),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True, comment='null = it lasts'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_outage')),
        sa.UniqueConstraint('node', 'part', 'began_at', name=op.f('uq_outage_node_part_began_at')),
    )
    op.create_index(op.f('ix_outage_began_at'), 'outage', ['began_at'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_outage_began_at'), table_name='outage')
    op.drop_table('outage')
