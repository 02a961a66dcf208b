"""Calls that 1999 places for agents, and checks of who a petitioner is."""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('verification',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.String(length=64), nullable=False, comment="the citizen's call"),
    sa.Column('number', sa.String(length=32), nullable=False, comment="of that call's record: the only one ever dialled"),
    sa.Column('language', sa.String(length=16), nullable=False),
    sa.Column('called_at', sa.DateTime(timezone=True), nullable=False, comment='when the citizen called'),
    sa.Column('touches', sa.String(length=16), nullable=False, comment="property, reputation, livelihood; empty = nobody's"),
    sa.Column('matter', sa.Text(), nullable=False, comment='emptied when it fails'),
    sa.Column('state', sa.String(length=12), nullable=False, comment='NOT_NEEDED, PENDING, CONFIRMED, FAILED'),
    sa.Column('ground', sa.String(length=16), nullable=False, comment='why it was decided so'),
    sa.Column('opened_by', sa.String(length=64), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.String(length=64), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verification'))
    )
    with op.batch_alter_table('verification', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_verification_call_id'), ['call_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_verification_state_opened_at'), ['state', 'opened_at'], unique=False)

    op.create_table('placed_call',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(length=32), nullable=False, comment='its name in the event log'),
    sa.Column('purpose', sa.String(length=8), nullable=False, comment='notify or verify'),
    sa.Column('call_id', sa.String(length=64), nullable=False, comment="the citizen's call; empty = none"),
    sa.Column('verification_id', sa.Integer(), nullable=True),
    sa.Column('agency', sa.String(length=32), nullable=False, comment='code of the agency notified'),
    sa.Column('extension', sa.String(length=16), nullable=False, comment='the one asked for'),
    sa.Column('matter', sa.Text(), nullable=False, comment='what is notified'),
    sa.Column('targets', sa.JSON(), nullable=False, comment='the list, in the order of ringing'),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reached', sa.Integer(), nullable=True, comment='place on the list of who answered'),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('person', sa.String(length=64), nullable=False, comment="who took the report, by the agent's word"),
    sa.Column('notified_at', sa.DateTime(timezone=True), nullable=True, comment='a case is filed no earlier (P5.3-a)'),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['verification_id'], ['verification.id'], name=op.f('fk_placed_call_verification_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_placed_call')),
    sa.UniqueConstraint('token', name=op.f('uq_placed_call_token'))
    )
    with op.batch_alter_table('placed_call', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_placed_call_by_placed_at'), ['by', 'placed_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_placed_call_call_id'), ['call_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_placed_call_verification_id'), ['verification_id'], unique=False)

    op.create_table('placed_ring',
    sa.Column('token', sa.String(length=32), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False, comment='on the list, from 1'),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False, comment='when it was answered, or given up'),
    sa.ForeignKeyConstraint(['token'], ['placed_call.token'], name=op.f('fk_placed_ring_token')),
    sa.PrimaryKeyConstraint('token', 'place', name=op.f('pk_placed_ring'))
    )


def downgrade() -> None:
    op.drop_table('placed_ring')
    with op.batch_alter_table('placed_call', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_placed_call_verification_id'))
        batch_op.drop_index(batch_op.f('ix_placed_call_call_id'))
        batch_op.drop_index(batch_op.f('ix_placed_call_by_placed_at'))

    op.drop_table('placed_call')
    with op.batch_alter_table('verification', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_verification_state_opened_at'))
        batch_op.drop_index(batch_op.f('ix_verification_call_id'))

    op.drop_table('verification')
