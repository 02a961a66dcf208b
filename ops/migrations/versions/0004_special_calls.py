"""Special calls and the special list."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('special_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('numbers', sa.JSON(), nullable=False, comment='E.164'),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('evidence', sa.JSON(), nullable=False, comment='ids of calls'),
    sa.Column('state', sa.String(length=12), nullable=False, comment='PROPOSED, APPROVED, REMOVED'),
    sa.Column('proposed_by', sa.String(length=64), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approver', sa.String(length=64), nullable=False),
    sa.Column('level', sa.String(length=64), nullable=False, comment="the mayor's or a delegated one"),
    sa.Column('approved_on', sa.Date(), nullable=True),
    sa.Column('document', sa.String(length=64), nullable=False, comment='number of the approving document'),
    sa.Column('review_on', sa.Date(), nullable=True, comment='the last day on which it works'),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_special_entry'))
    )
    op.create_table('special_call',
    sa.Column('call_id', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False, comment='NORMAL, REVIEW, SPECIAL, ENDING, ENDED'),
    sa.Column('flagged_by', sa.String(length=64), nullable=False),
    sa.Column('entry', sa.Integer(), nullable=True, comment='of the special list; null = by a supervisor'),
    sa.Column('cap_at', sa.DateTime(timezone=True), nullable=True, comment='null while no cap runs'),
    sa.Column('guidances', sa.Integer(), nullable=False),
    sa.Column('emergency', sa.Boolean(), nullable=False),
    sa.Column('ended_by', sa.String(length=16), nullable=False, comment='cap, 3_guidances, longest or none'),
    sa.PrimaryKeyConstraint('call_id', name=op.f('pk_special_call'))
    )
    op.create_table('special_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=160), nullable=False),
    sa.Column('call_id', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('who', sa.String(length=64), nullable=False, comment='login, else the phone whose key it was'),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('entry', sa.Integer(), nullable=True),
    sa.Column('from_state', sa.String(length=12), nullable=False),
    sa.Column('to_state', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_special_event')),
    sa.UniqueConstraint('key', name=op.f('uq_special_event_key'))
    )
    with op.batch_alter_table('special_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_special_event_call_id_at'), ['call_id', 'at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('special_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_special_event_call_id_at'))
    op.drop_table('special_event')
    op.drop_table('special_call')
    op.drop_table('special_entry')
