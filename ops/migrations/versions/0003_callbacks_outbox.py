"""Callbacks with their states, the outbox."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

REFUSAL = "events of a callback are only added to"
EMPTY = sa.text("''")


def upgrade() -> None:
    with op.batch_alter_table('callback', schema=None) as batch_op:
        batch_op.add_column(sa.Column('open_key', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('name', sa.String(length=64), nullable=False, server_default=EMPTY, comment="the citizen's"))
        batch_op.add_column(sa.Column('agency', sa.String(length=32), nullable=False, server_default=EMPTY, comment='code; empty = the call centre'))
        batch_op.add_column(sa.Column('section', sa.String(length=32), nullable=False, server_default=EMPTY))
        batch_op.add_column(sa.Column('extension', sa.String(length=16), nullable=False, server_default=EMPTY, comment='the extension asked for'))
        batch_op.add_column(sa.Column('owner', sa.String(length=64), nullable=False, server_default=EMPTY, comment='login or person who is to call'))
        batch_op.add_column(sa.Column('holder', sa.String(length=64), nullable=False, server_default=EMPTY, comment='login or worker who works on it now'))
        batch_op.add_column(sa.Column('held_until', sa.DateTime(timezone=True), nullable=True, comment="a worker's lease; null = a person"))
        batch_op.add_column(sa.Column('failed', sa.Integer(), nullable=False, server_default=sa.text('0'), comment='attempts that did not reach the citizen'))
        batch_op.add_column(sa.Column('remind_at', sa.DateTime(timezone=True), nullable=False, server_default=sa.text("'1970-01-01 00:00:00+00:00'")))
        batch_op.add_column(sa.Column('extended_until', sa.DateTime(timezone=True), nullable=True, comment='changes no statistics (§9.2)'))
        batch_op.add_column(sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('overdue_at', sa.DateTime(timezone=True), nullable=True, comment='when found overdue; null = never'))
        batch_op.add_column(sa.Column('escalated_at', sa.DateTime(timezone=True), nullable=True, comment='when N-03 was written'))
        batch_op.add_column(sa.Column('first_attempt_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('next_attempt_by', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('result', sa.Text(), nullable=False, server_default=EMPTY, comment='what the citizen was told, or why cancelled'))
        batch_op.alter_column(
            'call_id', existing_type=sa.String(length=64), nullable=True,
            comment='the first call that asked; null = opened at a desk',
        )
        batch_op.alter_column(
            'origin', existing_type=sa.String(length=16), existing_nullable=False,
            comment='who asked: caller, nobody (queue empty), transfer, dialplan, officer, agent, desk',
        )
        batch_op.create_index(batch_op.f('ix_callback_agency_registered_at'), ['agency', 'registered_at'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_callback_open_key'), ['open_key'])

    # What was promised before: to be reminded of when due, and asked for by the call it is named after.
    op.execute("UPDATE callback SET remind_at = due_at")
    with op.batch_alter_table('callback', schema=None) as batch_op:
        for name in (
            'name', 'agency', 'section', 'extension', 'owner',
            'holder', 'failed', 'remind_at', 'result',
        ):
            batch_op.alter_column(name, server_default=None)

    op.create_table('callback_message',
    sa.Column('call_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=96), nullable=False, comment='file in HOTLINE_HOME/messages'),
    sa.Column('seconds', sa.Double(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('call_id', name=op.f('pk_callback_message'))
    )
    op.create_table('notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event', sa.String(length=64), nullable=False, comment='what happened, for example callback:12:overdue'),
    sa.Column('template', sa.String(length=8), nullable=False, comment='id of spec §18'),
    sa.Column('recipient', sa.String(length=128), nullable=False, comment='e-mail address, or who has none'),
    sa.Column('channel', sa.String(length=8), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken_by', sa.String(length=64), nullable=False, comment='the worker that is sending it'),
    sa.Column('taken_until', sa.DateTime(timezone=True), nullable=True, comment='then others may send it'),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('result', sa.Text(), nullable=False, comment="the sender's last word"),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('event', 'template', 'recipient', name=op.f('uq_notice_event_template_recipient'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notice_state_next_try_at'), ['state', 'next_try_at'], unique=False)

    op.create_table('callback_attempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=96), nullable=False),
    sa.Column('callback_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['callback_id'], ['callback.id'], name=op.f('fk_callback_attempt_callback_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_callback_attempt')),
    sa.UniqueConstraint('key', name=op.f('uq_callback_attempt_key'))
    )
    with op.batch_alter_table('callback_attempt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_callback_attempt_callback_id'), ['callback_id'], unique=False)

    op.create_table('callback_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('callback_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False, comment='login, worker, or the process that did it'),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('before', sa.String(length=20), nullable=False, comment='state; empty = there was none'),
    sa.Column('after', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['callback_id'], ['callback.id'], name=op.f('fk_callback_event_callback_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_callback_event'))
    )
    with op.batch_alter_table('callback_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_callback_event_callback_id_at'), ['callback_id', 'at'], unique=False)

    op.create_table('callback_line',
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('callback_id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(length=32), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['callback_id'], ['callback.id'], name=op.f('fk_callback_line_callback_id')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_callback_line')),
    sa.UniqueConstraint('token', name=op.f('uq_callback_line_token'))
    )
    op.create_table('callback_request',
    sa.Column('call_id', sa.String(length=64), nullable=False),
    sa.Column('callback_id', sa.Integer(), nullable=False),
    sa.Column('origin', sa.String(length=16), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False, comment='four office hours after this request'),
    sa.ForeignKeyConstraint(['callback_id'], ['callback.id'], name=op.f('fk_callback_request_callback_id')),
    sa.PrimaryKeyConstraint('call_id', name=op.f('pk_callback_request'))
    )
    with op.batch_alter_table('callback_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_callback_request_callback_id'), ['callback_id'], unique=False)

    op.execute(
        "INSERT INTO callback_request (call_id, callback_id, origin, at, due_at) "
        "SELECT call_id, id, origin, registered_at, due_at FROM callback"
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER callback_event_no_{verb.lower()} BEFORE {verb} ON callback_event "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
    else:
        op.execute(
            "CREATE OR REPLACE FUNCTION callback_event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER callback_event_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON callback_event "
            "FOR EACH STATEMENT EXECUTE FUNCTION callback_event_refuse()"
        )


def downgrade() -> None:
    for table in (
        'callback_request', 'callback_line', 'callback_event', 'callback_attempt', 'notice', 'callback_message'
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION callback_event_refuse()")
    op.execute("DELETE FROM callback WHERE call_id IS NULL")
    with op.batch_alter_table('callback', schema=None) as batch_op:
        batch_op.drop_constraint('uq_callback_open_key', type_='unique')
        batch_op.drop_index('ix_callback_agency_registered_at')
        batch_op.alter_column('call_id', existing_type=sa.String(length=64), nullable=False, comment=None)
        batch_op.alter_column(
            'origin', existing_type=sa.String(length=16), existing_nullable=False,
            comment='who asked: caller, nobody (queue empty), dialplan',
        )
        for name in (
            'open_key', 'name', 'agency', 'section', 'extension',
            'owner', 'holder', 'held_until', 'failed', 'remind_at',
            'extended_until', 'reminded_at', 'overdue_at', 'escalated_at', 'first_attempt_at',
            'next_attempt_by', 'closed_at', 'result',
        ):
            batch_op.drop_column(name)
