"""The book of questions and answers, news of the agencies, tickets and the contact log."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

KEPT = "rows with a history are replaced, never changed"
FAQ = (
    "number", "agency", "section", "business", "question", "answer", "keywords", "aloud",
    "id", "valid_from", "valid_to", "author", "reason", "recorded_at",
)
ONLY_ADDED_TO = {
    "faq_review": "reviews of entries are only added to",
    "contact_note": "the contact log is only added to",
}
TABLES = (
    "contact_note", "faq", "faq_request", "faq_review", "fault_ticket", "news_alert", "news_alert_seen",
    "news_measure", "news_message", "news_surge", "news_trained", "problem_ticket",
)


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def keep_history(table: str, columns: tuple[str, ...]) -> None:
    words = ", ".join(f'"{name}"' for name in columns)
    if is_sqlite():
        refuse = f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
        op.execute(f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE OF {words} ON {table} {refuse}")
    else:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE OR TRUNCATE OR UPDATE OF {words} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION history_refuse()"
        )


def only_added_to(table: str, refusal: str) -> None:
    if is_sqlite():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )


def upgrade() -> None:
    op.create_table(
        'contact_note',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('agency', sa.String(length=32), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('by', sa.String(length=64), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_note')),
    )
    with op.batch_alter_table('contact_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_note_agency_at'), ['agency', 'at'], unique=False)

    op.create_table(
        'faq',
        sa.Column('number', sa.String(length=16), nullable=False, comment='1, 2 and so on, never given twice'),
        sa.Column('agency', sa.String(length=32), nullable=False, comment='code of the agency whose it is'),
        sa.Column('section', sa.String(length=32), nullable=False, comment='code of the section in charge'),
        sa.Column('business', sa.String(length=32), nullable=False, comment='code of the business in charge'),
        sa.Column('question', sa.String(length=200), nullable=False),
        sa.Column('answer', sa.Text(), nullable=False, comment='as one speaks'),
        sa.Column('keywords', sa.Text(), nullable=False, comment='other words that citizens use for it'),
        sa.Column('aloud', sa.Boolean(), nullable=False, comment='can be read to a caller as it is (P4.4)'),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False, comment='holds from here'),
        sa.Column('valid_to', sa.DateTime(timezone=True), nullable=True, comment='to before here; null = open'),
        sa.Column('author', sa.String(length=64), nullable=False, comment='login of who wrote this row'),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True, comment='null = this row counts'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_faq')),
    )
    with op.batch_alter_table('faq', schema=None) as batch_op:
        batch_op.create_index('ix_faq_number', ['number'], unique=False)
        batch_op.create_index('uq_faq_in_force', ['number', 'valid_from'], unique=True, sqlite_where=sa.text('replaced_at IS NULL'), postgresql_where=sa.text('replaced_at IS NULL'))

    op.create_table(
        'faq_request',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('agency', sa.String(length=32), nullable=False),
        sa.Column('channel', sa.String(length=8), nullable=False, comment='phone or email'),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False, comment='time of the call or mail; the limit counts from it'),
        sa.Column('question', sa.String(length=200), nullable=False),
        sa.Column('call_id', sa.String(length=64), nullable=False, comment='the call that brought it up'),
        sa.Column('asked_by', sa.String(length=64), nullable=False),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('state', sa.String(length=12), nullable=False, comment='REQUESTED, REPLIED'),
        sa.Column('late_at', sa.DateTime(timezone=True), nullable=True, comment='when it was found late; null = never'),
        sa.Column('replied_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('replied_by', sa.String(length=64), nullable=False),
        sa.Column('reply', sa.Text(), nullable=False),
        sa.Column('number', sa.String(length=16), nullable=False, comment='of the entry that answers it'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_faq_request')),
    )
    with op.batch_alter_table('faq_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_faq_request_agency'), ['agency'], unique=False)
        batch_op.create_index(batch_op.f('ix_faq_request_state_due_at'), ['state', 'due_at'], unique=False)

    op.create_table(
        'faq_review',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(length=16), nullable=False, comment='of the entry'),
        sa.Column('agency', sa.String(length=32), nullable=False, comment='whose the entry was'),
        sa.Column('row', sa.Integer(), nullable=False, comment='id of the row that was looked at'),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('by', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_faq_review')),
    )
    with op.batch_alter_table('faq_review', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_faq_review_agency_at'), ['agency', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_faq_review_number_at'), ['number', 'at'], unique=False)

    op.create_table(
        'fault_ticket',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=12), nullable=False, comment='switchboard or internet'),
        sa.Column('queue', sa.String(length=32), nullable=False, comment='role that mends it'),
        sa.Column('agency', sa.String(length=32), nullable=False, comment="where it shows; empty = in the city's exchange"),
        sa.Column('fault', sa.Text(), nullable=False),
        sa.Column('open_key', sa.String(length=64), nullable=True, comment='what a health check looks at; null = told by a person, or closed'),
        sa.Column('state', sa.String(length=8), nullable=False, comment='OPEN, ANSWERED, CLOSED'),
        sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('opened_by', sa.String(length=64), nullable=False),
        sa.Column('recovered_at', sa.DateTime(timezone=True), nullable=True, comment='a health check found it works again'),
        sa.Column('answer', sa.Text(), nullable=False),
        sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('answered_by', sa.String(length=64), nullable=False),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('closed_by', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_fault_ticket')),
        sa.UniqueConstraint('open_key', name=op.f('uq_fault_ticket_open_key')),
    )
    with op.batch_alter_table('fault_ticket', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_fault_ticket_state_opened_at'), ['state', 'opened_at'], unique=False)

    op.create_table(
        'news_alert',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('agency', sa.String(length=32), nullable=False),
        sa.Column('title', sa.String(length=100), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('raised_by', sa.String(length=64), nullable=False),
        sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True, comment='null = still on'),
        sa.Column('lifted_by', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_news_alert')),
    )
    with op.batch_alter_table('news_alert', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_news_alert_lifted_at'), ['lifted_at'], unique=False)

    op.create_table(
        'news_alert_seen',
        sa.Column('alert', sa.Integer(), nullable=False),
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('alert', 'login', name=op.f('pk_news_alert_seen')),
    )
    op.create_table(
        'news_measure',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('agency', sa.String(length=32), nullable=False),
        sa.Column('title', sa.String(length=100), nullable=False),
        sa.Column('material', sa.Text(), nullable=False),
        sa.Column('training', sa.Boolean(), nullable=False),
        sa.Column('training_on', sa.Date(), nullable=True),
        sa.Column('entries', sa.JSON(), nullable=False, comment="numbers of the book's entries"),
        sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('told_by', sa.String(length=64), nullable=False),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True, comment='the last correction'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_news_measure')),
    )
    op.create_table(
        'news_message',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('agency', sa.String(length=32), nullable=False),
        sa.Column('title', sa.String(length=100), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True, comment='null = until withdrawn'),
        sa.Column('posted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('posted_by', sa.String(length=64), nullable=False),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True, comment='the last correction'),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_by', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_news_message')),
    )
    with op.batch_alter_table('news_message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_news_message_starts_at'), ['starts_at'], unique=False)

    op.create_table(
        'news_surge',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('agency', sa.String(length=32), nullable=False),
        sa.Column('topic', sa.String(length=100), nullable=False),
        sa.Column('first', sa.Date(), nullable=False),
        sa.Column('last', sa.Date(), nullable=False),
        sa.Column('calls', sa.Integer(), nullable=False, comment='expected'),
        sa.Column('staff', sa.Text(), nullable=False, comment='who of the agency answers'),
        sa.Column('entries', sa.JSON(), nullable=False, comment="numbers of the book's entries"),
        sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('told_by', sa.String(length=64), nullable=False),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_by', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_news_surge')),
    )
    with op.batch_alter_table('news_surge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_news_surge_last'), ['last'], unique=False)

    op.create_table(
        'news_trained',
        sa.Column('measure', sa.Integer(), nullable=False),
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('by', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('measure', 'login', name=op.f('pk_news_trained')),
    )
    op.create_table(
        'problem_ticket',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('agency', sa.String(length=32), nullable=False),
        sa.Column('about', sa.String(length=8), nullable=False, comment='case or notice'),
        sa.Column('subject', sa.String(length=32), nullable=False, comment='number of the case or of the message'),
        sa.Column('problem', sa.Text(), nullable=False),
        sa.Column('state', sa.String(length=8), nullable=False, comment='OPEN, ANSWERED, CLOSED'),
        sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('opened_by', sa.String(length=64), nullable=False),
        sa.Column('answer', sa.Text(), nullable=False),
        sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('answered_by', sa.String(length=64), nullable=False),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('closed_by', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_problem_ticket')),
    )
    with op.batch_alter_table('problem_ticket', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_problem_ticket_agency'), ['agency'], unique=False)
        batch_op.create_index(batch_op.f('ix_problem_ticket_state_opened_at'), ['state', 'opened_at'], unique=False)

    keep_history("faq", FAQ)
    for table, refusal in ONLY_ADDED_TO.items():
        only_added_to(table, refusal)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if not is_sqlite():
        for table in ONLY_ADDED_TO:
            op.execute(f"DROP FUNCTION {table}_refuse()")
