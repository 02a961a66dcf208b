"""Transfers and their legs."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('consult',
    sa.Column('linked_id', sa.String(length=64), nullable=False),
    sa.Column('call_id', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('linked_id', name=op.f('pk_consult'))
    )
    with op.batch_alter_table('consult', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consult_call_id'), ['call_id'], unique=False)

    with op.batch_alter_table('leg', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.String(length=16), server_default='agent', nullable=False, comment='agent, desk, forward, neighbour, duty, alternative, outside'))
        batch_op.add_column(sa.Column('asked', sa.String(length=16), server_default='', nullable=False, comment='the extension that was wanted'))
        batch_op.add_column(sa.Column('extension', sa.String(length=16), server_default='', nullable=False, comment='the one that was rung; empty for agents'))
        batch_op.add_column(sa.Column('section', sa.String(length=32), server_default='', nullable=False))
        batch_op.add_column(sa.Column('agency', sa.String(length=32), server_default='', nullable=False))
        batch_op.add_column(sa.Column('proxy', sa.Boolean(), server_default=sa.false(), nullable=False, comment='rung for another desk (P4.2-a)'))
        batch_op.add_column(sa.Column('rings', sa.Integer(), nullable=True, comment='begun rings count whole (P4.2)'))
        batch_op.create_index(batch_op.f('ix_leg_extension_started_at'), ['extension', 'started_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('leg', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_leg_extension_started_at'))
        for column in ('rings', 'proxy', 'agency', 'section', 'extension', 'asked', 'kind'):
            batch_op.drop_column(column)

    with op.batch_alter_table('consult', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consult_call_id'))

    op.drop_table('consult')
