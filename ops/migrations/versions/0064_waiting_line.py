"""Who waits at each node, for places and turns over all of them."""

import sqlalchemy as sa
from alembic import op

revision = '0064'
down_revision = '0063'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'waiting_line',
        sa.Column('node', sa.String(16), nullable=False),
        sa.Column(
            'beats', sa.Integer, nullable=False,
            comment='raised each time it is told: one that stands still is not believed',
        ),
        sa.Column(
            'callers', sa.JSON, nullable=False,
            comment='of each caller the queue, the ticket, and whether a telephone may be rung for them',
        ),
        sa.PrimaryKeyConstraint('node', name=op.f('pk_waiting_line')),
    )


def downgrade() -> None:
    op.drop_table('waiting_line')
