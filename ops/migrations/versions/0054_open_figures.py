"""Figures of months that everybody may read."""

import sqlalchemy as sa
from alembic import op

revision = '0054'
down_revision = '0053'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'open_month',
        sa.Column('month', sa.Date, nullable=False, comment='its first day'),
        sa.Column('counted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('figures', sa.JSON, nullable=False, comment='rows as everybody may read them'),
        sa.PrimaryKeyConstraint('month', name=op.f('pk_open_month')),
    )


def downgrade() -> None:
    op.drop_table('open_month')
