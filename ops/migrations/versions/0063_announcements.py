"""Announcements before the menu, for all machines: sound, who has listened to them, which are on."""

import sqlalchemy as sa
from alembic import op

revision = '0063'
down_revision = '0062'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'announcement_sound',
        sa.Column('name', sa.String(32), nullable=False),
        sa.Column('language', sa.String(8), nullable=False),
        sa.Column('text', sa.Text, nullable=False),
        sa.Column('seconds', sa.Float, nullable=False),
        sa.Column('source', sa.String(16), nullable=False, comment='typed or recorded'),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.String(64), nullable=False),
        sa.Column('narrow', sa.LargeBinary, nullable=False, comment='a WAV file of 8 kHz'),
        sa.Column('wide', sa.LargeBinary, nullable=False, comment='samples of 16 kHz'),
        sa.PrimaryKeyConstraint('name', 'language', name=op.f('pk_announcement_sound')),
    )
    op.create_table(
        'announcement_heard',
        sa.Column('name', sa.String(32), nullable=False),
        sa.Column('language', sa.String(8), nullable=False),
        sa.Column('login', sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint('name', 'language', 'login', name=op.f('pk_announcement_heard')),
    )
    op.create_table(
        'announcement_on',
        sa.Column('place', sa.Integer, nullable=False, autoincrement=False),
        sa.Column('name', sa.String(48), nullable=False),
        sa.PrimaryKeyConstraint('place', name=op.f('pk_announcement_on')),
    )


def downgrade() -> None:
    for table in ('announcement_on', 'announcement_heard', 'announcement_sound'):
        op.drop_table(table)
