"""Secrets that the machines of a house share."""

import sqlalchemy as sa
from alembic import op

revision = '0062'
down_revision = '0061'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'house_secret',
        sa.Column('name', sa.String(64), nullable=False),
        sa.Column('value', sa.Text, nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_house_secret')),
    )


def downgrade() -> None:
    op.drop_table('house_secret')
