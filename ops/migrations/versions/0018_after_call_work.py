"""After-call work of agents whose telephone is a page."""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A default: processes of the former version write rows while both run.
    op.add_column('agent', sa.Column('after_leg', sa.String(length=64), server_default='', nullable=False, comment='the latest talk that after-call work began for'))
    op.add_column('agent', sa.Column('after_until', sa.DateTime(timezone=True), nullable=True, comment='after-call work ends by itself then; null = none now'))


def downgrade() -> None:
    op.drop_column('agent', 'after_until')
    op.drop_column('agent', 'after_leg')
