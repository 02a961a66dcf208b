"""Lines of cases for another system, its replies, and its number of a case, which no two open cases share."""

import sqlalchemy as sa
from alembic import op

revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None

KNOWN = sa.text("external_ref != ''")


def upgrade() -> None:
    op.create_table(
        'case_line',
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('event_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='of the event'),
        sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('text', sa.Text(), nullable=False, comment='the line, as it is sent however often'),
        sa.ForeignKeyConstraint(['event_id'], ['case_event.id'], name=op.f('fk_case_line_event_id')),
        sa.PrimaryKeyConstraint('number', name=op.f('pk_case_line')),
        sa.UniqueConstraint('event_id', name=op.f('uq_case_line_event_id')),
    )
    op.create_table(
        'case_reply',
        sa.Column('login', sa.String(length=64), nullable=False, comment='for whom the other system acts'),
        sa.Column('key', sa.String(length=64), nullable=False, comment='its own id of the reply'),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False, comment='of the whole reply'),
        sa.Column('number', sa.String(length=12), nullable=False, comment='of the case'),
        sa.Column('state', sa.String(length=16), nullable=False, comment='of the case, after it'),
        sa.Column('version', sa.Integer(), nullable=False, comment='of the case, after it'),
        sa.PrimaryKeyConstraint('login', 'key', name=op.f('pk_case_reply')),
    )
    op.create_index(
        'uq_case_file_external_ref', 'case_file', ['external_ref'], unique=True,
        sqlite_where=KNOWN, postgresql_where=KNOWN,
    )


def downgrade() -> None:
    op.drop_index('uq_case_file_external_ref', table_name='case_file')
    op.drop_table('case_reply')
    op.drop_table('case_line')
