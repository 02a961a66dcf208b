"""Single sign-on: bindings, which claims give roles, what waits for two, and by what sessions are asked about."""

import sqlalchemy as sa
from alembic import op

revision = '0060'
down_revision = '0059'
branch_labels = None
depends_on = None

NOW = sa.DateTime(timezone=True)
SESSION = ('provider_session', 'refresh', 'access', 'is_second_told', 'checked_at', 'tried_at', 'holds_until')


def upgrade() -> None:
    add_to_sessions()
    renewed = "the password was renewed then, for its holder's login had ended"
    op.add_column('agent', sa.Column('secret_at', NOW, nullable=True, comment=renewed))
    op.create_table(
        'sso_binding',
        sa.Column('login', sa.String(64), nullable=False),
        sa.Column('issuer', sa.String(255), nullable=False),
        sa.Column('subject', sa.String(255), nullable=False),
        sa.Column('bound_at', NOW, nullable=False),
        sa.Column('bound_by', sa.String(64), nullable=False),
        sa.Column('roles', sa.JSON, nullable=False, comment='given by claims alone, sorted'),
        sa.Column('confirmed_at', NOW, nullable=True, comment='latest word of the provider'),
        sa.Column(
            'holds_until', NOW, nullable=False,
            comment='from then on keys and telephones stand still, until the provider confirms it',
        ),
        sa.PrimaryKeyConstraint('login', name=op.f('pk_sso_binding')),
        sa.UniqueConstraint('issuer', 'subject', name=op.f('uq_sso_binding_issuer_subject')),
    )
    op.create_table(
        'sso_rule',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('issuer', sa.String(255), nullable=False),
        sa.Column('claim', sa.String(64), nullable=False),
        sa.Column('value', sa.String(255), nullable=False),
        sa.Column('role', sa.String(32), nullable=False),
        sa.Column('made_at', NOW, nullable=False),
        sa.Column('made_by', sa.String(64), nullable=False),
        sa.Column('confirmed_by', sa.String(64), nullable=False, comment='empty = one was enough'),
        sa.Column('ended_at', NOW, nullable=True),
        sa.Column('ended_by', sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sso_rule')),
    )
    op.create_table(
        'sso_change',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('issuer', sa.String(255), nullable=False),
        sa.Column('kind', sa.String(16), nullable=False, comment='rule or binding'),
        sa.Column('says', sa.JSON, nullable=False, comment='claim, value, role; or login, subject'),
        sa.Column('reason', sa.Text, nullable=False),
        sa.Column('proposed_by', sa.String(64), nullable=False),
        sa.Column('proposed_at', NOW, nullable=False),
        sa.Column('state', sa.String(16), nullable=False, comment='open, confirmed or refused'),
        sa.Column('decided_by', sa.String(64), nullable=False),
        sa.Column('decided_at', NOW, nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sso_change')),
    )
    op.create_index(op.f('ix_sso_change_state'), 'sso_change', ['state'])
    op.create_table(
        'sso_stranger',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('issuer', sa.String(255), nullable=False),
        sa.Column('subject', sa.String(255), nullable=False),
        sa.Column('name', sa.Text, nullable=False, comment='as the provider tells it'),
        sa.Column('email', sa.Text, nullable=False, comment='the same; nothing goes by it'),
        sa.Column('latest_at', NOW, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sso_stranger')),
        sa.UniqueConstraint('issuer', 'subject', name=op.f('uq_sso_stranger_issuer_subject')),
    )
    op.create_index(op.f('ix_sso_stranger_latest_at'), 'sso_stranger', ['latest_at'])
    op.create_table(
        'sso_used',
        sa.Column('digest', sa.String(64), nullable=False, comment='SHA-256'),
        sa.Column('at', NOW, nullable=False),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_sso_used')),
    )
    op.create_index(op.f('ix_sso_used_at'), 'sso_used', ['at'])


def add_to_sessions() -> None:
    for name, told in (
        ('provider_session', "the identity provider's own name for it"),
        ('refresh', 'asks the provider again; empty = none'),
        ('access', 'the same, of shorter life'),
    ):
        kind = sa.String(255) if name == 'provider_session' else sa.Text()
        column = sa.Column(name, kind, server_default='', nullable=False, comment=told)
        op.add_column('web_session', column)
    told = 'the provider says that a second factor was used'
    op.add_column(
        'web_session',
        sa.Column('is_second_told', sa.Boolean, server_default=sa.false(), nullable=False, comment=told),
    )
    for name, told in (
        ('checked_at', 'latest word of the provider; null = signed in by password'),
        ('tried_at', 'the provider was asked then'),
        ('holds_until', 'it counts no longer without another word of the provider'),
    ):
        op.add_column('web_session', sa.Column(name, NOW, nullable=True, comment=told))


def downgrade() -> None:
    for table in ('sso_used', 'sso_stranger', 'sso_change', 'sso_rule', 'sso_binding'):
        op.drop_table(table)
    op.drop_column('agent', 'secret_at')
    for name in SESSION:
        op.drop_column('web_session', name)
