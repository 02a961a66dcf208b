"""Legal holds, and referrals of false reports to the police (P8.3)."""

import sqlalchemy as sa
from alembic import op

revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'legal_hold',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column(
            'origin', sa.String(length=32), nullable=False, comment='the procedure, as audit rows name it: referral:7'
        ),
        sa.Column('kind', sa.String(length=8), nullable=False, comment='case or call'),
        sa.Column('subject', sa.String(length=64), nullable=False, comment='number of the case, id of the call'),
        sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('begun_by', sa.String(length=64), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True, comment='null = it holds'),
        sa.Column('ended_by', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_legal_hold')),
        sa.UniqueConstraint('origin', 'kind', 'subject', name=op.f('uq_legal_hold_origin_kind_subject')),
    )
    op.create_index(
        op.f('ix_legal_hold_kind_subject_ended_at'), 'legal_hold', ['kind', 'subject', 'ended_at'], unique=False
    )
    op.create_table(
        'referral',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=12), nullable=False, comment='ASKED, APPROVED, REFUSED, ENDED'),
        sa.Column(
            'complainant', sa.String(length=64), nullable=False, comment='who wants the false reporter held responsible'
        ),
        sa.Column(
            'phone', sa.String(length=32), nullable=False, comment="the complainant's, E.164; empty = none left"
        ),
        sa.Column('wish', sa.Text(), nullable=False, comment="in the complainant's words"),
        sa.Column('police_unit', sa.String(length=64), nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('asked_by', sa.String(length=64), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by', sa.String(length=64), nullable=False, comment='never who asked for it'),
        sa.Column('letter', sa.String(length=64), nullable=False, comment='number of our letter to the police'),
        sa.Column('letter_on', sa.Date(), nullable=True),
        sa.Column('end_reason', sa.Text(), nullable=False, comment='of the refusal, or of the end'),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_by', sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_referral_case_id_case_file')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_referral')),
    )
    op.create_index(op.f('ix_referral_case_id_state'), 'referral', ['case_id', 'state'], unique=False)
    op.create_table(
        'referral_handover',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('referral_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='when it was handed over'),
        sa.Column('what', sa.Text(), nullable=False),
        sa.Column('to', sa.String(length=64), nullable=False, comment='unit and person'),
        sa.Column('letter', sa.String(length=64), nullable=False, comment='of the court or the prosecutor'),
        sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('by', sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ['referral_id'], ['referral.id'], name=op.f('fk_referral_handover_referral_id_referral')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_referral_handover')),
    )
    op.create_index(op.f('ix_referral_handover_referral_id'), 'referral_handover', ['referral_id'], unique=False)


def downgrade() -> None:
    op.drop_table('referral_handover')
    op.drop_table('referral')
    op.drop_table('legal_hold')
