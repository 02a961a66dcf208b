"""Calls of a line that carries nothing for us, kept between two turns."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('held_call',
    sa.Column('id', sa.String(length=64), nullable=False, comment="the line's own name of the call"),
    sa.Column('call', sa.Text(), nullable=False, comment='its state, as JSON'),
    sa.Column('turn', sa.Integer(), nullable=False, comment='the turn whose answer the line performs now'),
    sa.Column('dialled', sa.String(length=32), nullable=False, comment='the number that was called'),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('touched_at', sa.DateTime(timezone=True), nullable=False, comment='the latest turn or news'),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ending', sa.String(length=32), nullable=False, comment='why the line was told to hang up'),
    sa.Column('kept', sa.String(length=64), nullable=False, comment="what our Asterisk knew of it when it left the agents' queue"),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True, comment='when it must end by rule'),
    sa.Column('ends_why', sa.String(length=16), nullable=False, comment='that rule: cap, 3_guidances, longest'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_held_call'))
    )
    with op.batch_alter_table('held_call', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_held_call_touched_at'), ['touched_at'], unique=False)

    op.create_table('held_turn',
    sa.Column('call_id', sa.String(length=64), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False, comment='the turn that was reported on'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('call_id', 'number', name=op.f('pk_held_turn'))
    )


def downgrade() -> None:
    op.drop_table('held_turn')
    with op.batch_alter_table('held_call', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_held_call_touched_at'))

    op.drop_table('held_call')
