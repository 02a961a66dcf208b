"""What a citizen says of recording a relayed call, and where who signs is written to (§14)."""

import sqlalchemy as sa
from alembic import op

revision = '0052'
down_revision = '0051'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'video_session',
        sa.Column('recording', sa.String(length=8), server_default='', nullable=False, comment='of the relay: asked, agreed, refused; empty = not asked'),
    )
    op.add_column(
        'callback',
        sa.Column('write_to', sa.Text(), server_default='', nullable=False, comment='mobile or e-mail of a citizen who reads and is not called (§14); empty = called'),
    )
    if op.get_bind().dialect.name != 'sqlite':
        told = "the citizen's call or video session; empty = none"
        op.alter_column('placed_call', 'call_id', comment=told, existing_type=sa.String(length=64))
        op.alter_column('placed_call', 'purpose', comment='notify, verify or relay', existing_type=sa.String(length=8))
        asked = 'who asked: caller, nobody (queue empty), transfer, dialplan, officer, agent, desk, page, repeat, video'
        op.alter_column('callback', 'origin', comment=asked, existing_type=sa.String(length=16))


def downgrade() -> None:
    op.drop_column('callback', 'write_to')
    op.drop_column('video_session', 'recording')
    if op.get_bind().dialect.name != 'sqlite':
        op.alter_column('placed_call', 'purpose', comment='notify or verify', existing_type=sa.String(length=8))
        op.alter_column('placed_call', 'call_id', comment="the citizen's call; empty = none", existing_type=sa.String(length=64))
        asked = 'who asked: caller, nobody (queue empty), transfer, dialplan, officer, agent, desk, page, repeat'
        op.alter_column('callback', 'origin', comment=asked, existing_type=sa.String(length=16))
