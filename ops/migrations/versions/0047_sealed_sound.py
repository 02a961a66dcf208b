"""Kept sound is compressed and sealed by a data key of its own; photographs of cases too (P4.12)."""

import sqlalchemy as sa
from alembic import op

revision = '0047'
down_revision = '0046'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Defaults: processes of the former version write rows while both run.
    for column in (
        sa.Column('key_id', sa.String(length=32), server_default='', nullable=False, comment='the data key that seals it, from the first attempt on'),
        sa.Column('codec', sa.String(length=8), server_default='', nullable=False, comment='wav, flac, opus; once it is sealed'),
        sa.Column('storage', sa.String(length=16), server_default='', nullable=False, comment='where it lies sealed; empty: it does not yet, or no more'),
        sa.Column('also_in', sa.String(length=16), server_default='', nullable=False, comment='where a step that was cut off may have left a copy'),
        sa.Column('sealed_as', sa.Text(), server_default='', nullable=False, comment='its name there'),
        sa.Column('sealed_size', sa.BigInteger(), nullable=True, comment='bytes of the sealed file'),
        sa.Column('sealed_sha256', sa.String(length=64), server_default='', nullable=False, comment='of the sealed file'),
        sa.Column('destroyed_at', sa.DateTime(timezone=True), nullable=True, comment='key and sound are gone; the row stays'),
        sa.Column('destroyed_ground', sa.Text(), server_default='', nullable=False),
    ):
        op.add_column('recording', column)
    op.create_index(op.f('ix_recording_also_in_storage'), 'recording', ['also_in', 'storage'], unique=False)
    op.add_column('case_photo', sa.Column('key_id', sa.String(length=32), server_default='', nullable=False, comment='the data key that seals the image; empty: it is plain'))
    op.create_index(op.f('ix_case_photo_key_id'), 'case_photo', ['key_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_case_photo_key_id'), table_name='case_photo')
    op.drop_column('case_photo', 'key_id')
    op.drop_index(op.f('ix_recording_also_in_storage'), table_name='recording')
    for name in ('key_id', 'codec', 'storage', 'also_in', 'sealed_as', 'sealed_size', 'sealed_sha256', 'destroyed_at', 'destroyed_ground'):
        op.drop_column('recording', name)
