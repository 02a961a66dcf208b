"""The satisfaction survey: who was asked behind a talk or about a closed case, and the answers (P10.3)."""

import sqlalchemy as sa
from alembic import op

revision = '0057'
down_revision = '0056'
branch_labels = None
depends_on = None

NOW = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'survey',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('channel', sa.String(8), nullable=False, comment='talk, mail or callback'),
        sa.Column('call_id', sa.String(64), nullable=True, comment='of the talk'),
        sa.Column(
            'talked_with', sa.String(8), nullable=False,
            comment='agent or officer, who hung up; empty = asked about a case',
        ),
        sa.Column('case_number', sa.String(12), nullable=True, comment='of the closed case'),
        sa.Column('agency', sa.String(32), nullable=False, comment='of the case, when it was closed'),
        sa.Column('asked_of', sa.String(32), nullable=False, comment='telephone (E.164) or e-mail address'),
        sa.Column('language', sa.String(16), nullable=False),
        sa.Column('questions', sa.Integer, nullable=False, comment='how many were to be asked'),
        sa.Column('asked_at', NOW, nullable=False),
        sa.Column('first', sa.Integer, nullable=True, comment='1 to 5: the service as a whole (P12.1)'),
        sa.Column('second', sa.Integer, nullable=True, comment='how clear it was'),
        sa.Column('third', sa.Integer, nullable=True, comment='how long it took'),
        sa.Column('answered_at', NOW, nullable=True, comment='of the latest answer'),
        sa.Column(
            'answered_by', sa.String(64), nullable=False,
            comment='login of who wrote it down; empty = nobody',
        ),
        sa.Column(
            'message', sa.String(96), nullable=False,
            comment='free words as a file in HOTLINE_HOME/messages',
        ),
        sa.Column('words', sa.Text, nullable=False, comment='free words in writing'),
        sa.Column(
            'is_untrue', sa.Boolean, server_default=sa.false(), nullable=False,
            comment='says that the case was not done (P10.4)',
        ),
        sa.Column(
            'code', sa.String(32), nullable=False,
            comment='that opens the questions; empty = none or used',
        ),
        sa.Column('callback_id', sa.Integer, nullable=True, comment='the promise to call about it'),
        sa.Column('masked_at', NOW, nullable=True, comment='personal columns were emptied then'),
        sa.Column(
            'masked_ground', sa.String(8), server_default='', nullable=False, comment='why: period or erasure'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_survey')),
        sa.UniqueConstraint('call_id', name=op.f('uq_survey_call_id')),
        sa.UniqueConstraint('case_number', name=op.f('uq_survey_case_number')),
    )
    op.create_index(op.f('ix_survey_asked_of_asked_at'), 'survey', ['asked_of', 'asked_at'])
    op.create_index(op.f('ix_survey_asked_at'), 'survey', ['asked_at'])
    op.create_index(op.f('ix_survey_code'), 'survey', ['code'])
    op.create_index(op.f('ix_survey_callback_id'), 'survey', ['callback_id'])
    say_origins('page, repeat, video, survey')


def say_origins(last: str) -> None:
    """Say in the database what the origins of a promise are."""
    if op.get_bind().dialect.name != 'sqlite':
        asked = f'who asked: caller, nobody (queue empty), transfer, dialplan, officer, agent, desk, {last}'
        op.alter_column('callback', 'origin', comment=asked, existing_type=sa.String(length=16))


def downgrade() -> None:
    say_origins('page, repeat, video')
    op.drop_table('survey')
