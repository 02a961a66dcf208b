"""A page of the board is its supervisor's telephone, one at a time."""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'listening_page',
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('secret', sa.String(length=64), nullable=False, comment="the page's SIP password"),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False, comment='then the page counts no more'),
        sa.PrimaryKeyConstraint('login', name=op.f('pk_listening_page')),
    )


def downgrade() -> None:
    op.drop_table('listening_page')
