"""When the words of retrieval, of chosen calls and of agencies' letters were emptied, and why (P4.12)."""

import sqlalchemy as sa
from alembic import op

revision = '0051'
down_revision = '0050'
branch_labels = None
depends_on = None
TABLES = ('retrieval', 'chosen_call', 'case_letter')


def upgrade() -> None:
    for table in TABLES:
        at = sa.DateTime(timezone=True)
        op.add_column(table, sa.Column('masked_at', at, nullable=True, comment='personal columns were emptied then'))
        why = 'why: period or erasure'
        op.add_column(
            table, sa.Column('masked_ground', sa.String(length=8), server_default='', nullable=False, comment=why)
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, 'masked_ground')
        op.drop_column(table, 'masked_at')
