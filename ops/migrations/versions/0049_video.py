"""The sign-language service: accounts, sessions, messages, interpreters (P3.6, clause 六)."""

import sqlalchemy as sa
from alembic import op

revision = '0049'
down_revision = '0048'
branch_labels = None
depends_on = None
TABLES = ('video_account', 'video_code', 'video_entry', 'video_interpreter', 'video_message', 'video_pulse', 'video_session')


def upgrade() -> None:
    op.create_table(
        'video_account',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=8), nullable=False, comment='citizen or counter'),
        sa.Column('login', sa.String(length=64), nullable=False, comment='a counter signs in by it, a citizen by the contact too'),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('contact', sa.Text(), nullable=False, comment='mobile in E.164, or e-mail; empty at a counter'),
        sa.Column('contact_hash', sa.String(length=32), nullable=False),
        sa.Column('is_proved', sa.Boolean(), nullable=False, comment='a code came back from the contact'),
        sa.Column('agency', sa.String(length=32), nullable=False, comment='of the counter; empty = own device'),
        sa.Column('counter', sa.Integer(), nullable=True, comment='the counter whose device it is'),
        sa.Column('state', sa.String(length=8), nullable=False, comment='applied, active, locked, closed, refused'),
        sa.Column('password', sa.String(length=256), nullable=False, comment='argon2id; empty = none chosen'),
        sa.Column('password_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('resets', sa.Integer(), nullable=False, comment='passwords chosen anew (P6.6)'),
        sa.Column('reapplications', sa.Integer(), nullable=False, comment='applications after the first (P6.6)'),
        sa.Column('applied_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by', sa.String(length=64), nullable=False, comment='who approved or refused'),
        sa.Column('state_at', sa.DateTime(timezone=True), nullable=False, comment='of the latest change of state'),
        sa.Column('reason', sa.Text(), nullable=False, comment='of a refusal, lock or closing'),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True, comment='closed or refused then'),
        sa.Column('masked_at', sa.DateTime(timezone=True), nullable=True, comment='personal columns were emptied then'),
        sa.Column('masked_ground', sa.String(length=8), server_default='', nullable=False, comment='why: period or erasure'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_video_account')),
        sa.UniqueConstraint('login', name=op.f('uq_video_account_login')),
    )
    op.create_index(op.f('ix_video_account_contact_hash'), 'video_account', ['contact_hash'])
    op.create_index(op.f('ix_video_account_state'), 'video_account', ['state'])
    op.create_table(
        'video_code',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('contact', sa.Text(), nullable=False, comment='or login, as it was typed'),
        sa.Column('contact_hash', sa.String(length=32), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False, comment='keyed hash; empty = not sent'),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('is_handled', sa.Boolean(), nullable=False, comment='sent, or nobody has this contact'),
        sa.Column('wrong', sa.Integer(), nullable=False, comment='wrong answers'),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_video_code')),
    )
    op.create_index(op.f('ix_video_code_asked_at'), 'video_code', ['asked_at'])
    op.create_index(op.f('ix_video_code_contact_hash'), 'video_code', ['contact_hash'])
    op.create_table(
        'video_entry',
        sa.Column('token', sa.String(length=64), nullable=False, comment='SHA-256 of the cookie'),
        sa.Column('account', sa.Integer(), nullable=False),
        sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('token', name=op.f('pk_video_entry')),
    )
    op.create_index(op.f('ix_video_entry_account'), 'video_entry', ['account'])
    op.create_table(
        'video_interpreter',
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('state', sa.String(length=8), nullable=False, comment='offline, online, busy'),
        sa.Column('since', sa.DateTime(timezone=True), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False, comment='the page was heard'),
        sa.PrimaryKeyConstraint('login', name=op.f('pk_video_interpreter')),
    )
    op.create_table(
        'video_message',
        sa.Column('session', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False, comment='in the session'),
        sa.Column('side', sa.String(length=12), nullable=False, comment='who sent it'),
        sa.Column('kind', sa.String(length=8), nullable=False, comment='signal, chat, photo'),
        sa.Column('payload', sa.LargeBinary(), nullable=False, comment='sealed'),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('session', 'number', name=op.f('pk_video_message')),
    )
    op.create_table(
        'video_pulse',
        sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('heard_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_video_pulse')),
    )
    op.create_table(
        'video_session',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('account', sa.Integer(), nullable=False),
        sa.Column('counter', sa.Integer(), nullable=True, comment='null = own device'),
        sa.Column('counter_agency', sa.String(length=32), nullable=False, comment='empty = own device'),
        sa.Column('officer', sa.Text(), nullable=False, comment='of the counter, who began it'),
        sa.Column('state', sa.String(length=8), nullable=False, comment='waiting, active, ended, left'),
        sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('interpreter', sa.String(length=64), nullable=False, comment='login'),
        sa.Column('block_ends_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('extensions', sa.Integer(), nullable=False),
        sa.Column('citizen_seen_at', sa.DateTime(timezone=True), nullable=False, comment='a browser of this side was heard'),
        sa.Column('interpreter_seen_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('end_reason', sa.String(length=16), nullable=False),
        sa.Column('topic', sa.Text(), nullable=False),
        sa.Column('agency', sa.String(length=32), nullable=False, comment='which the matter is of'),
        sa.Column('is_misuse', sa.Boolean(), nullable=False, comment='outside of its purpose (P6.5)'),
        sa.Column('noted_at', sa.DateTime(timezone=True), nullable=True, comment='topic and agency were noted then'),
        sa.Column('call_id', sa.String(length=64), nullable=False, comment='telephone call of the relay'),
        sa.Column('key_id', sa.String(length=32), nullable=False, comment='data key of its messages; empty = destroyed, or none yet'),
        sa.Column('messages', sa.Integer(), nullable=False, comment='how many were sent'),
        sa.Column('masked_at', sa.DateTime(timezone=True), nullable=True, comment='personal columns were emptied then'),
        sa.Column('masked_ground', sa.String(length=8), server_default='', nullable=False, comment='why: period or erasure'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_video_session')),
    )
    op.create_index(op.f('ix_video_session_account'), 'video_session', ['account'])
    op.create_index(op.f('ix_video_session_key_id'), 'video_session', ['key_id'])
    op.create_index(op.f('ix_video_session_requested_at'), 'video_session', ['requested_at'])
    op.create_index(op.f('ix_video_session_state'), 'video_session', ['state'])

def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
