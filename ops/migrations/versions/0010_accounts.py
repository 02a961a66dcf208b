"""How people prove who they are to the pages: credentials, sessions, invitations, wrong answers."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'credential',
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('password', sa.String(length=256), nullable=False, comment='argon2id, in its own notation'),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('second', sa.String(length=64), nullable=False, comment='secret of the codes; empty = none yet'),
        sa.Column('step', sa.Integer(), nullable=False, comment='latest step used: a code counts once'),
        sa.PrimaryKeyConstraint('login', name=op.f('pk_credential')),
    )
    op.create_table(
        'web_session',
        sa.Column('token', sa.String(length=64), nullable=False, comment='SHA-256 of the cookie'),
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('address', sa.String(length=45), nullable=False),
        sa.Column('browser', sa.String(length=120), nullable=False, comment='as it calls itself'),
        sa.PrimaryKeyConstraint('token', name=op.f('pk_web_session')),
    )
    op.create_index(op.f('ix_web_session_login'), 'web_session', ['login'], unique=False)
    op.create_table(
        'invitation',
        sa.Column('token', sa.String(length=64), nullable=False, comment="SHA-256 of the link's secret"),
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('by', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('token', name=op.f('pk_invitation')),
    )
    op.create_index(op.f('ix_invitation_login'), 'invitation', ['login'], unique=False)
    op.create_table(
        'sign_in_failure',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('login', sa.String(length=64), nullable=False, comment='as it was typed, at most 64 characters'),
        sa.Column('address', sa.String(length=45), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_failure')),
    )
    op.create_index(op.f('ix_sign_in_failure_address_at'), 'sign_in_failure', ['address', 'at'], unique=False)


def downgrade() -> None:
    for table in ('sign_in_failure', 'invitation', 'web_session', 'credential'):
        op.drop_table(table)
