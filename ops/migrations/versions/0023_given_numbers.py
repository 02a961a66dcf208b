"""A caller whose own number is not dialled gives another to be called at."""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'callback',
        sa.Column(
            'given_by', sa.String(length=32), server_default='', nullable=False,
            comment="the caller who gave this number instead of their own: E.164 or anonymous; empty = their own",
        ),
    )
    op.create_index(op.f('ix_callback_given_by_registered_at'), 'callback', ['given_by', 'registered_at'])


def downgrade() -> None:
    op.drop_index(op.f('ix_callback_given_by_registered_at'), table_name='callback')
    op.drop_column('callback', 'given_by')
