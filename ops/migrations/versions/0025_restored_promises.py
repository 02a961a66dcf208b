"""Promises that were made anew after an old copy of the database was put back."""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('callback', sa.Column('restored_at', sa.DateTime(timezone=True), nullable=True, comment='when it was made anew from journal or event log: it may be kept already'))


def downgrade() -> None:
    op.drop_column('callback', 'restored_at')
