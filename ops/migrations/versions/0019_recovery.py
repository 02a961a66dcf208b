"""A recovery pause after a special call or an emergency."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A default: processes of the former version write rows while both run.
    op.add_column('agent', sa.Column('after_why', sa.String(length=32), server_default='after-call work', nullable=False, comment='after-call work, or recovery'))


def downgrade() -> None:
    op.drop_column('agent', 'after_why')
