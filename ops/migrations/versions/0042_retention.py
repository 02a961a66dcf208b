"""Records that are masked when their period is over; runs of the retention job (P4.12)."""

import sqlalchemy as sa
from alembic import op

revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None
MASKED = ('call', 'callback', 'notice', 'placed_call', 'problem_ticket', 'referral', 'special_entry', 'verification')
OF_CASES = {
    'contact_masked_at': 'name, telephone and addresses were emptied then',
    'place_masked_at': 'place was emptied then',
    'text_masked_at': 'matter, result and words of events were emptied then',
    'photos_masked_at': 'photographs were emptied then',
}
EVENTS = {
    'callback_event': 'events of a callback are only added to',
    'case_event': 'events of a case are only added to',
}


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == 'sqlite'


def refuse_changes(table: str, refusal: str, leave: bool) -> None:
    """Events may be emptied by a transaction that says so, by nobody else."""
    if is_sqlite():
        given = ' WHEN NOT EXISTS (SELECT 1 FROM event_rewriting)' if leave else ''
        op.execute(f'DROP TRIGGER {table}_no_update')
        op.execute(
            f'CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}{given} '
            f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )
        return
    given = (
        "IF TG_OP = 'UPDATE' AND EXISTS (SELECT 1 FROM event_rewriting) THEN RETURN NULL; END IF; " if leave else ''
    )
    op.execute(
        f'CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS '
        f"$$ BEGIN {given}RAISE EXCEPTION '{refusal}'; END $$"
    )


def ground(comment: str) -> sa.Column[str]:
    return sa.Column('masked_ground', sa.String(length=8), server_default='', nullable=False, comment=comment)


def upgrade() -> None:
    op.create_table(
        'event_rewriting',
        sa.Column('why', sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint('why', name=op.f('pk_event_rewriting')),
    )
    op.create_table(
        'retention_run',
        sa.Column('day', sa.Date(), nullable=False, comment='of Taipei'),
        sa.Column('node', sa.String(length=16), nullable=False),
        sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('done', sa.JSON(), nullable=False, comment='records that were deleted, by kind'),
        sa.Column(
            'announced',
            sa.JSON(),
            nullable=False,
            comment='by kind: until when what was over goes next, how many records, how many are held',
        ),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True, comment='null = it goes on'),
        sa.Column('log_size', sa.BigInteger(), nullable=False, comment='bytes of the deletion log at its end'),
        sa.PrimaryKeyConstraint('day', 'node', name=op.f('pk_retention_run')),
    )
    op.create_table(
        'deletion_position',
        sa.Column('node', sa.String(length=16), nullable=False),
        sa.Column('offset', sa.BigInteger(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('node', name=op.f('pk_deletion_position')),
    )
    # Defaults: processes of the former version write rows while both run.
    for table in MASKED:
        op.add_column(
            table,
            sa.Column(
                'masked_at', sa.DateTime(timezone=True), nullable=True, comment='personal columns were emptied then'
            ),
        )
        op.add_column(table, ground('why: period or erasure'))
    for name, comment in OF_CASES.items():
        op.add_column('case_file', sa.Column(name, sa.DateTime(timezone=True), nullable=True, comment=comment))
    op.add_column('case_file', ground('why, the latest time: period or erasure'))
    whole = sa.text('masked_at IS NULL')
    op.create_index(
        'ix_call_whole', 'call', ['ended_at'], unique=False, sqlite_where=whole, postgresql_where=whole
    )
    for table, refusal in EVENTS.items():
        refuse_changes(table, refusal, True)


def downgrade() -> None:
    for table, refusal in EVENTS.items():
        refuse_changes(table, refusal, False)
    op.drop_index('ix_call_whole', table_name='call')
    for name in ('masked_ground', *OF_CASES):
        op.drop_column('case_file', name)
    for table in MASKED:
        op.drop_column(table, 'masked_ground')
        op.drop_column(table, 'masked_at')
    for table in ('deletion_position', 'retention_run', 'event_rewriting'):
        op.drop_table(table)
