"""Recordings carry the node that keeps their file: several nodes share a database."""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A default: processes of the former version write rows while both run.
    op.add_column('recording', sa.Column('node', sa.String(length=16), server_default='', nullable=False, comment='where the file lies; no other looks for it'))
    op.execute("UPDATE recording SET node = coalesce((SELECT node FROM call WHERE call.id = recording.call_id), '')")


def downgrade() -> None:
    op.drop_column('recording', 'node')
