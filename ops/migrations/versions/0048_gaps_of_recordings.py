"""Gaps of recordings: the time of a call of which no sound is kept (P4.12)."""

import sqlalchemy as sa
from alembic import op

revision = '0048'
down_revision = '0047'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'recording_gap',
        sa.Column('call_id', sa.String(length=64), nullable=False),
        sa.Column('since', sa.DateTime(timezone=True), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=True, comment='null = it lasts, to the end of the call at most'),
        sa.Column('why', sa.String(length=8), nullable=False, comment='away, consult, hold, held, stopped'),
        sa.PrimaryKeyConstraint('call_id', 'since', name=op.f('pk_recording_gap')),
    )
    whole = "false = of a call's sound its talks alone are kept"
    op.add_column(
        'remote_recording',
        sa.Column('whole', sa.Boolean(), server_default=sa.true(), nullable=False, comment=whole),
    )


def downgrade() -> None:
    op.drop_column('remote_recording', 'whole')
    op.drop_table('recording_gap')
