"""Entries of the ledger, agencies as a tree, businesses, offices, bookings, office hours."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

REFUSAL = "entries of a ledger are only added to"
KEPT = "rows with a history are replaced, never changed"
HISTORY = ("id", "valid_from", "valid_to", "author", "reason", "recorded_at")
GROWN = {
    "agency": ("code", "name", "off_site", "number", "alternative", "emergency", "parent", "closed", "successor"),
    "desk": ("extension", "section", "person", "name", "floor", "x", "y", "number", "building", "neighbours"),
}
BEFORE = {"agency": 6, "desk": 8}
"""How many of these columns there were."""
NEW = {
    "booking": ("section", "cause", "cover"),
    "business": ("code", "section", "person", "name", "keywords"),
    "contact": ("office", "agency", "role", "place", "person"),
    "office_hours": ("name", "opens", "closes", "pause"),
}


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def protect(table: str, own: tuple[str, ...]) -> None:
    words = ", ".join(f'"{name}"' for name in (*own, *HISTORY))
    if is_sqlite():
        refuse = f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
        op.execute(f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE OF {words} ON {table} {refuse}")
    else:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE OR TRUNCATE OR UPDATE OF {words} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION history_refuse()"
        )


def unprotect(table: str) -> None:
    if is_sqlite():
        op.execute(f"DROP TRIGGER {table}_kept")
        op.execute(f"DROP TRIGGER {table}_unchanged")
    else:
        op.execute(f"DROP TRIGGER {table}_kept ON {table}")


def only_added_to(table: str) -> None:
    if is_sqlite():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )


def dated(table: str, *columns: sa.Column[object]) -> None:
    key = NEW[table][0]
    op.create_table(
        table,
        *columns,
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False, comment='holds from here'),
        sa.Column('valid_to', sa.DateTime(timezone=True), nullable=True, comment='to before here; null = open'),
        sa.Column('author', sa.String(length=64), nullable=False, comment='login of who wrote this row'),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True, comment='null = this row counts'),
        sa.PrimaryKeyConstraint('id', name=op.f(f'pk_{table}')),
    )
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.create_index(f'ix_{table}_{key}', [key], unique=False)
        counts = sa.text('replaced_at IS NULL')
        batch_op.create_index(f'uq_{table}_in_force', [key, 'valid_from'], unique=True,
                              sqlite_where=counts, postgresql_where=counts)
    protect(table, NEW[table])


def upgrade() -> None:
    op.create_table(
        'ledger_entry',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='when it was said'),
        sa.Column('by', sa.String(length=64), nullable=False, comment='login, or the name of the process that did it'),
        sa.Column('action', sa.String(length=48), nullable=False, comment='room.verb, for example directory.import'),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('effective_at', sa.DateTime(timezone=True), nullable=False, comment='the first instant that is other than before'),
        sa.Column('undoes', sa.Integer(), nullable=True, comment='the entry that this one takes back'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_entry')),
    )
    with op.batch_alter_table('ledger_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ledger_entry_effective_at'), ['effective_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_ledger_entry_undoes'), ['undoes'], unique=False)
    op.create_table(
        'ledger_entry_line',
        sa.Column('entry', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('row', sa.Integer(), nullable=False, comment='id of the row in the table of its kind'),
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('written', sa.Boolean(), nullable=False, comment='else replaced'),
        sa.PrimaryKeyConstraint('entry', 'kind', 'row', name=op.f('pk_ledger_entry_line')),
    )
    with op.batch_alter_table('ledger_entry_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ledger_entry_line_kind_key'), ['kind', 'key'], unique=False)
    only_added_to('ledger_entry')
    only_added_to('ledger_entry_line')

    for table in GROWN:
        unprotect(table)
    # Defaults: processes of the former version write rows while both run.
    op.add_column('agency', sa.Column('parent', sa.String(length=32), server_default='', nullable=False, comment='code of the agency above it'))
    op.add_column('agency', sa.Column('closed', sa.Boolean(), server_default=sa.false(), nullable=False, comment='it is no more; nobody of it answers'))
    op.add_column('agency', sa.Column('successor', sa.String(length=32), server_default='', nullable=False, comment='code of the agency that has its open cases'))
    op.add_column('desk', sa.Column('building', sa.String(length=32), server_default='', nullable=False, comment='of the floor plan; empty = the city hall'))
    op.add_column('desk', sa.Column('neighbours', sa.String(length=255), server_default='', nullable=False, comment='extensions rung first, in this order'))
    for table, own in GROWN.items():
        protect(table, own)

    dated(
        'booking',
        sa.Column('section', sa.String(length=32), nullable=False),
        sa.Column('cause', sa.String(length=64), nullable=False),
        sa.Column('cover', sa.String(length=16), nullable=False, comment='the extension that answers meanwhile'),
    )
    dated(
        'business',
        sa.Column('code', sa.String(length=32), nullable=False),
        sa.Column('section', sa.String(length=32), nullable=False, comment='code of the section'),
        sa.Column('person', sa.String(length=32), nullable=False, comment='code of the person; empty = the section'),
        sa.Column('name', sa.String(length=128), nullable=False),
        sa.Column('keywords', sa.Text(), nullable=False, comment='other words that citizens use for it'),
    )
    dated(
        'contact',
        sa.Column('office', sa.String(length=64), nullable=False, comment='agency/role/place'),
        sa.Column('agency', sa.String(length=32), nullable=False, comment='code of the agency'),
        sa.Column('role', sa.String(length=32), nullable=False, comment='a word of Role'),
        sa.Column('place', sa.String(length=8), nullable=False, comment='1 holds the office, 2 and on are deputies'),
        sa.Column('person', sa.String(length=32), nullable=False, comment='code of the person'),
    )
    dated(
        'office_hours',
        sa.Column('name', sa.String(length=16), nullable=False, comment='office'),
        sa.Column('opens', sa.String(length=5), nullable=False, comment='HH:MM'),
        sa.Column('closes', sa.String(length=5), nullable=False, comment='HH:MM'),
        sa.Column('pause', sa.String(length=11), nullable=False, comment='HH:MM-HH:MM; empty = none'),
    )


def downgrade() -> None:
    for table in NEW:
        op.drop_table(table)
    for table, own in GROWN.items():
        unprotect(table)
        for name in reversed(own[BEFORE[table]:]):
            op.drop_column(table, name)
        protect(table, own[:BEFORE[table]])
    for table in ('ledger_entry_line', 'ledger_entry'):
        op.drop_table(table)
        if not is_sqlite():
            op.execute(f"DROP FUNCTION {table}_refuse()")
