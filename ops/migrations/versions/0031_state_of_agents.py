"""Since when an agent rests, or rests no longer."""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'agent',
        sa.Column('state_since', sa.DateTime(timezone=True), nullable=True, comment='the break or the work after a call began or ended then; null = not known'),
    )


def downgrade() -> None:
    op.drop_column('agent', 'state_since')
