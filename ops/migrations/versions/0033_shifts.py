"""Shifts of agents."""

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'shift',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('language', sa.String(length=16), nullable=False, comment='tag of the language to be answered'),
        sa.Column('since', sa.DateTime(timezone=True), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.String(length=64), nullable=False),
        sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('cancelled_by', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_shift')),
    )
    op.create_index(op.f('ix_shift_login_since'), 'shift', ['login', 'since'], unique=False)
    op.create_index(op.f('ix_shift_until'), 'shift', ['until'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_shift_until'), table_name='shift')
    op.drop_index(op.f('ix_shift_login_since'), table_name='shift')
    op.drop_table('shift')
