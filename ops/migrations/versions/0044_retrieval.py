"""Retrieval of recordings (P9): requests, silenced parts, standing purposes, and every play."""

import sqlalchemy as sa
from alembic import op

revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None
REFUSAL = 'plays are only added to'


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == 'sqlite'


def only_added_to(table: str, refusal: str) -> None:
    """Rows stay as they were written."""
    if is_sqlite():
        for verb in ('UPDATE', 'DELETE'):
            op.execute(
                f'CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} '
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    op.execute(
        f'CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS '
        f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )
    op.execute(
        f'CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} '
        f'FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()'
    )


def upgrade() -> None:
    op.create_table(
        'retrieval',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column(
            'state',
            sa.String(length=12),
            nullable=False,
            comment='REQUESTED, APPROVED, REFUSED, PROVIDED, EXPIRED, REVOKED',
        ),
        sa.Column('agency', sa.String(length=32), nullable=False, comment="of the person; empty = the city's"),
        sa.Column('person', sa.String(length=64), nullable=False, comment='login of the one who hears'),
        sa.Column('ground', sa.Text(), nullable=False, comment='the law by which it is asked for'),
        sa.Column('purpose', sa.Text(), nullable=False),
        sa.Column('case_number', sa.String(length=12), nullable=False, comment='empty = calls by their ids'),
        sa.Column(
            'calls_since', sa.DateTime(timezone=True), nullable=True, comment='calls of the case that began then'
        ),
        sa.Column('calls_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('wants_copy', sa.Boolean(), nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('asked_by', sa.String(length=64), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by', sa.String(length=64), nullable=False, comment='neither who asked nor who hears'),
        sa.Column('days', sa.Integer(), nullable=False, comment='for which the page is open; 0 = undecided'),
        sa.Column('provided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('provided_by', sa.String(length=64), nullable=False),
        sa.Column('token', sa.String(length=64), nullable=True, comment="of its page's address"),
        sa.Column('open_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_by', sa.String(length=64), nullable=False),
        sa.Column('end_reason', sa.Text(), nullable=False, comment='of the refusal or the revoking'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_retrieval')),
        sa.UniqueConstraint('token', name=op.f('uq_retrieval_token')),
    )
    op.create_index(op.f('ix_retrieval_person'), 'retrieval', ['person'], unique=False)
    op.create_index(op.f('ix_retrieval_asked_by'), 'retrieval', ['asked_by'], unique=False)
    op.create_index(op.f('ix_retrieval_state_open_until'), 'retrieval', ['state', 'open_until'], unique=False)
    op.create_table(
        'retrieval_item',
        sa.Column('retrieval_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False, comment='from 1, in order of time'),
        sa.Column('call_id', sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ['retrieval_id'], ['retrieval.id'], name=op.f('fk_retrieval_item_retrieval_id_retrieval')
        ),
        sa.PrimaryKeyConstraint('retrieval_id', 'number', name=op.f('pk_retrieval_item')),
    )
    op.create_index(op.f('ix_retrieval_item_call_id'), 'retrieval_item', ['call_id'], unique=False)
    op.create_table(
        'silenced_part',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('retrieval_id', sa.Integer(), nullable=False),
        sa.Column('item', sa.Integer(), nullable=False, comment='number of the call in the request'),
        sa.Column('track', sa.String(length=8), nullable=False),
        sa.Column('begins', sa.Float(), nullable=False, comment='second of the sound'),
        sa.Column('ends', sa.Float(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('by', sa.String(length=64), nullable=False),
        sa.Column(
            'lifted_at', sa.DateTime(timezone=True), nullable=True, comment='heard again then; null = silent'
        ),
        sa.Column('lifted_by', sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ['retrieval_id'], ['retrieval.id'], name=op.f('fk_silenced_part_retrieval_id_retrieval')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_silenced_part')),
    )
    op.create_index(op.f('ix_silenced_part_retrieval_id'), 'silenced_part', ['retrieval_id'], unique=False)
    op.create_table(
        'standing_purpose',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=12), nullable=False, comment='REQUESTED, APPROVED, REFUSED, REVOKED'),
        sa.Column('login', sa.String(length=64), nullable=False, comment='of the supervisor'),
        sa.Column('purpose', sa.Text(), nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by', sa.String(length=64), nullable=False, comment='never the supervisor'),
        sa.Column('valid_until', sa.DateTime(timezone=True), nullable=True, comment='a year after the approval'),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_by', sa.String(length=64), nullable=False),
        sa.Column('end_reason', sa.Text(), nullable=False, comment='of the refusal or the revoking'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_standing_purpose')),
    )
    op.create_index(op.f('ix_standing_purpose_login_state'), 'standing_purpose', ['login', 'state'], unique=False)
    op.create_table(
        'chosen_call',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('purpose_id', sa.Integer(), nullable=False),
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('call_id', sa.String(length=64), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False, comment='empty = drawn by lot'),
        sa.ForeignKeyConstraint(
            ['purpose_id'], ['standing_purpose.id'], name=op.f('fk_chosen_call_purpose_id_standing_purpose')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_chosen_call')),
    )
    op.create_index(op.f('ix_chosen_call_login_call_id'), 'chosen_call', ['login', 'call_id'], unique=False)
    op.create_table(
        'play',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('by', sa.String(length=64), nullable=False),
        sa.Column(
            'ground',
            sa.String(length=32),
            nullable=False,
            comment='as audit rows name it: retrieval:7, standing-purpose:3, callback:9',
        ),
        sa.Column('how', sa.String(length=12), nullable=False, comment='heard, prepared, copied'),
        sa.Column('call_id', sa.String(length=64), nullable=False),
        sa.Column('track', sa.String(length=8), nullable=False),
        sa.Column('begins', sa.Float(), nullable=False, comment='second of the sound'),
        sa.Column('ends', sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_play')),
    )
    op.create_index(op.f('ix_play_ground_call_id_by'), 'play', ['ground', 'call_id', 'by'], unique=False)
    op.create_index(op.f('ix_play_at'), 'play', ['at'], unique=False)
    op.create_index(op.f('ix_play_call_id'), 'play', ['call_id'], unique=False)
    only_added_to('play', REFUSAL)


def downgrade() -> None:
    op.drop_table('play')
    op.drop_table('chosen_call')
    op.drop_table('standing_purpose')
    op.drop_table('silenced_part')
    op.drop_table('retrieval_item')
    op.drop_table('retrieval')
    if not is_sqlite():
        op.execute('DROP FUNCTION play_refuse()')
