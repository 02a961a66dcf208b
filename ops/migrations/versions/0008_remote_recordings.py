"""Sound that a carrier keeps until it is fetched."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('remote_recording',
    sa.Column('sid', sa.String(length=64), nullable=False, comment="the carrier's name of it"),
    sa.Column('call_id', sa.String(length=64), nullable=False),
    sa.Column('message', sa.Boolean(), nullable=False, comment='a spoken message; else both directions of a call'),
    sa.Column('state', sa.String(length=12), nullable=False, comment='SOUNDING, WAITING, FETCHED, GONE, LOST'),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seconds', sa.Float(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False, comment='to fetch it, or then to remove it there'),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False, comment='not tried before'),
    sa.Column('reason', sa.Text(), nullable=False, comment='why the latest attempt failed'),
    sa.PrimaryKeyConstraint('sid', name=op.f('pk_remote_recording'))
    )
    with op.batch_alter_table('remote_recording', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_remote_recording_call_id'), ['call_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_remote_recording_state_next_at'), ['state', 'next_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('remote_recording', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_remote_recording_state_next_at'))
        batch_op.drop_index(batch_op.f('ix_remote_recording_call_id'))

    op.drop_table('remote_recording')
