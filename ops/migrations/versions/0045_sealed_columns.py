"""Numbers, names, matters and words of citizens are sealed, and found by keyed hashes.

Rows of before stay as they are and are found by what they say until the job has sealed them.
"""

import sqlalchemy as sa
from alembic import op

revision = '0045'
down_revision = '0044'
branch_labels = None
depends_on = None

_TEXTS = (
    ('call', 'caller', 32),
    ('callback', 'number', 32),
    ('callback', 'given_by', 32),
    ('callback', 'name', 64),
    ('verification', 'number', 32),
    ('notice', 'recipient', 128),
    ('case_file', 'name', 64),
    ('case_file', 'phone', 32),
    ('case_file', 'email', 254),
    ('case_file', 'letter_to', 200),
    ('case_file', 'reply_phone', 32),
    ('referral', 'complainant', 64),
    ('referral', 'phone', 32),
    ('referral_handover', 'to', 64),
)
"""Columns that were as long as what they held; SQLite keeps any text in them."""
_HASHES = (
    ('call', 'caller_hash'),
    ('callback', 'number_hash'),
    ('callback', 'given_by_hash'),
    ('verification', 'number_hash'),
    ('notice', 'recipient_hash'),
    ('case_file', 'name_hash'),
    ('case_file', 'phone_hash'),
    ('case_file', 'phone_last4'),
    ('referral', 'phone_hash'),
)
_OLD = (
    ('call', 'caller', 'started_at'),
    ('callback', 'number'),
    ('callback', 'given_by', 'registered_at'),
    ('case_file', 'phone', 'state'),
)
_NEW = (
    ('call', 'caller_hash', 'started_at'),
    ('callback', 'number_hash'),
    ('callback', 'given_by_hash', 'registered_at'),
    ('verification', 'number_hash'),
    ('notice', 'recipient_hash'),
    ('case_file', 'phone_hash', 'state'),
    ('case_file', 'phone_last4'),
    ('case_file', 'name_hash'),
)
_UNSEALED = (
    ('call', 'caller', 'id'),
    ('callback', 'number'),
    ('callback', 'given_by'),
    ('case_file', 'phone'),
    ('case_file', 'name'),
)


def upgrade() -> None:
    op.create_table(
        'resealing',
        sa.Column('name', sa.String(length=64), nullable=False, comment='of the table'),
        sa.Column('key', sa.String(length=32), nullable=False, comment='id of the key'),
        sa.Column('place', sa.JSON(), nullable=False, comment='key of the last row looked at; [] = none'),
        sa.Column('changed', sa.Integer(), nullable=False, comment='rows that this pass has changed'),
        sa.Column(
            'first_at', sa.DateTime(timezone=True), nullable=False,
            comment='when the first pass for this key began',
        ),
        sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_resealing')),
    )
    for table, column in _HASHES:
        # A default: processes of the former version write rows while both run.
        op.add_column(
            table, sa.Column(column, sa.String(length=32), server_default='', nullable=False)
        )
    for table, *columns in _OLD:
        op.drop_index(op.f('_'.join(('ix', table, *columns))), table_name=table)
    if op.get_bind().dialect.name == 'postgresql':
        for table, column, length in _TEXTS:
            of = sa.String(length=length)
            op.alter_column(table, column, type_=sa.Text(), existing_type=of, existing_nullable=False)
    for table, *columns in _NEW:
        op.create_index(op.f('_'.join(('ix', table, *columns))), table, columns, unique=False)
    for table, column, *more in _UNSEALED:
        where = f"{column}_hash = '' AND {column} != ''"
        _partial(f'ix_{table}_{column}_unsealed', table, [column, *more], where)
    _partial(
        'uq_notice_recipient_hash', 'notice', ['event', 'template', 'recipient_hash'], "recipient_hash != ''",
        unique=True,
    )
    _keep_notes(leave=True)


def _keep_notes(leave: bool) -> None:
    """Notes may be sealed anew by a transaction that says so, and are changed by nobody else."""
    refusal = 'the contact log is only added to'
    if op.get_bind().dialect.name == 'sqlite':
        given = ' WHEN NOT EXISTS (SELECT 1 FROM event_rewriting)' if leave else ''
        op.execute('DROP TRIGGER contact_note_no_update')
        op.execute(
            f'CREATE TRIGGER contact_note_no_update BEFORE UPDATE ON contact_note{given} '
            f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )
        return
    given = "IF TG_OP = 'UPDATE' AND EXISTS (SELECT 1 FROM event_rewriting) THEN RETURN NULL; END IF; "
    given = given if leave else ''
    op.execute(
        'CREATE OR REPLACE FUNCTION contact_note_refuse() RETURNS trigger LANGUAGE plpgsql AS '
        f"$$ BEGIN {given}RAISE EXCEPTION '{refusal}'; END $$"
    )


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    of = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=of, postgresql_where=of)


def downgrade() -> None:
    """Sealed texts stay sealed: no former version reads them."""
    _keep_notes(leave=False)
    op.drop_index('uq_notice_recipient_hash', table_name='notice')
    for table, column, *more in _UNSEALED:
        op.drop_index(f'ix_{table}_{column}_unsealed', table_name=table)
    for table, *columns in _NEW:
        op.drop_index(op.f('_'.join(('ix', table, *columns))), table_name=table)
    for table, *columns in _OLD:
        op.create_index(op.f('_'.join(('ix', table, *columns))), table, columns, unique=False)
    for table, column in _HASHES:
        op.drop_column(table, column)
    op.drop_table('resealing')
