"""Screens on walls that show the floor, and the names of agents on them."""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'wallboard',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False, comment='SHA-256 of the token'),
        sa.Column('place', sa.String(length=64), nullable=False, comment='where the screen hangs'),
        sa.Column('networks', sa.JSON(), nullable=False, comment='addresses and networks from which it opens'),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.String(length=64), nullable=False),
        sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('revoked_by', sa.String(length=64), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True, comment='written once a minute at most'),
        sa.Column('seen_from', sa.String(length=45), nullable=False, comment='address'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_wallboard')),
        sa.UniqueConstraint('digest', name=op.f('uq_wallboard_digest')),
    )
    op.add_column(
        'agent',
        sa.Column('alias', sa.String(length=16), server_default='', nullable=False, comment='name on screens that everybody sees'),
    )


def downgrade() -> None:
    op.drop_column('agent', 'alias')
    op.drop_table('wallboard')
