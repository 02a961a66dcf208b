"""Phrases of menus that an administrator typed or recorded: their words and sound, kept with the menus."""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'menu_sound',
        sa.Column('phrase', sa.String(length=32), nullable=False),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('seconds', sa.Float(), nullable=False),
        sa.Column('source', sa.String(length=16), nullable=False, comment='typed or recorded'),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.String(length=64), nullable=False),
        sa.Column('narrow', sa.LargeBinary(), nullable=False, comment='a WAV file of 8 kHz'),
        sa.Column('wide', sa.LargeBinary(), nullable=False, comment='samples of 16 kHz'),
        sa.PrimaryKeyConstraint('phrase', 'language', name=op.f('pk_menu_sound')),
    )


def downgrade() -> None:
    op.drop_table('menu_sound')
