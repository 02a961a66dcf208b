"""Kept sound by the end of its call: retention looks there for each hundred to destroy (P4.12)."""

import sqlalchemy as sa
from alembic import op

revision = '0050'
down_revision = '0049'
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = sa.text('destroyed_at IS NULL')
    op.create_index(op.f('ix_recording_ended_at'), 'recording', ['ended_at'], sqlite_where=kept, postgresql_where=kept)


def downgrade() -> None:
    op.drop_index(op.f('ix_recording_ended_at'), 'recording')
