"""Which machine has the name of a node."""

import sqlalchemy as sa
from alembic import op

revision = '0065'
down_revision = '0064'
branch_labels = None
depends_on = None


def upgrade() -> None:
    told = 'whose sign it was: two machines may not share a name'
    machine = sa.Column('machine', sa.String(64), server_default='', nullable=False, comment=told)
    op.add_column('node', machine)


def downgrade() -> None:
    op.drop_column('node', 'machine')
