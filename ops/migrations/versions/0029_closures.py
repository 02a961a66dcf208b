"""Closures of the offices: what was declared and told together, so that it ends together."""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'closure',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('since', sa.String(length=5), nullable=False, comment='HH:MM; empty = the whole day'),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('announcement', sa.String(length=64), nullable=False, comment='heard by callers; empty = none'),
        sa.Column('alert', sa.Integer(), nullable=True, comment='the bulletin to agents; null = none'),
        sa.Column('moved', sa.Integer(), nullable=False, comment='limits that it moved'),
        sa.Column('declared_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('declared_by', sa.String(length=64), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True, comment='null = nobody has ended it'),
        sa.Column('ended_by', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_closure')),
    )
    op.create_index(op.f('ix_closure_ended_at'), 'closure', ['ended_at'], unique=False)


def downgrade() -> None:
    op.drop_table('closure')
