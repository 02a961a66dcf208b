"""Words of the places of filed cases, by which these are looked up."""

import sqlalchemy as sa
from alembic import op

from hotline.places.words import words_kept

revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None

_AT_ONCE = 2_000


def upgrade() -> None:
    made = op.create_table(
        'case_place_word',
        sa.Column('word', sa.String(length=9), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_place_word_case_id')),
        sa.PrimaryKeyConstraint('word', 'case_id', name=op.f('pk_case_place_word')),
        sqlite_with_rowid=False,
    )
    filed = sa.text('SELECT id, place, district FROM case_file WHERE number IS NOT NULL')
    for some in op.get_bind().execute(filed).partitions(_AT_ONCE):
        words = [{'word': word, 'case_id': key} for key, *where in some for word in words_kept(*where)]
        if words:
            op.bulk_insert(made, words)
    op.drop_index(op.f('ix_case_file_place'), table_name='case_file')


def downgrade() -> None:
    op.create_index(op.f('ix_case_file_place'), 'case_file', ['place'], unique=False)
    op.drop_table('case_place_word')
