"""Reviews of closed cases, and what citizens say of an agency's work."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0055'
down_revision = '0054'
branch_labels = None
depends_on = None

NOW = sa.DateTime(timezone=True)


def masked() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column('masked_at', NOW, nullable=True, comment='personal columns were emptied then'),
        sa.Column(
            'masked_ground', sa.String(8), server_default='', nullable=False, comment='why: period or erasure'
        ),
    )


def upgrade() -> None:
    op.create_table(
        'case_review',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('case_id', sa.Integer, nullable=False),
        sa.Column('agency', sa.String(32), nullable=False, comment='whose report it is'),
        sa.Column('ground', sa.String(12), nullable=False),
        sa.Column('reason', sa.Text, nullable=False),
        sa.Column('asked_at', NOW, nullable=False),
        sa.Column('asked_by', sa.String(64), nullable=False),
        sa.Column('due_at', NOW, nullable=False),
        sa.Column('report', sa.Text, nullable=False),
        sa.Column('reported_at', NOW, nullable=True, comment='the first time'),
        sa.Column('reported_by', sa.String(64), nullable=False),
        sa.Column('outcome', sa.String(12), nullable=False, comment='accepted, reopened; empty = none yet'),
        sa.Column('conclusion', sa.Text, nullable=False),
        sa.Column('decided_at', NOW, nullable=True),
        sa.Column('decided_by', sa.String(64), nullable=False),
        *masked(),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_review_case_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_review')),
    )
    op.create_index(op.f('ix_case_review_case_id'), 'case_review', ['case_id'])
    op.create_index(op.f('ix_case_review_asked_at'), 'case_review', ['asked_at'])
    op.create_index(op.f('ix_case_review_decided_at_due_at'), 'case_review', ['decided_at', 'due_at'])
    op.create_table(
        'feedback',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('kind', sa.String(12), nullable=False, comment='commendation or complaint'),
        sa.Column('agency', sa.String(32), nullable=False),
        sa.Column('case_id', sa.Integer, nullable=True),
        sa.Column('call_id', sa.String(64), nullable=False, comment='empty = none'),
        sa.Column('words', sa.Text, nullable=False),
        sa.Column('at', NOW, nullable=False),
        sa.Column('by', sa.String(64), nullable=False),
        *masked(),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_feedback_case_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_feedback')),
    )
    op.create_index(op.f('ix_feedback_case_id'), 'feedback', ['case_id'])
    op.create_index(op.f('ix_feedback_at'), 'feedback', ['at'])


def downgrade() -> None:
    op.drop_table('feedback')
    op.drop_table('case_review')
