"""An agent's browser may be the agent's telephone."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A default: processes of the former version write rows while both run.
    op.add_column('agent', sa.Column('browser_secret', sa.String(length=64), server_default='', nullable=False, comment="of the page that is the telephone; empty = a desk's"))
    op.add_column('agent', sa.Column('browser_until', sa.DateTime(timezone=True), nullable=True, comment='then the page counts no more'))


def downgrade() -> None:
    op.drop_column('agent', 'browser_until')
    op.drop_column('agent', 'browser_secret')
