"""Promises about a case: an officer contacts who called again (P7.2)."""

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'callback',
        sa.Column(
            'case_number', sa.String(length=12), server_default='', nullable=False,
            comment='the case that it is about (P7.2)',
        ),
    )
    op.create_index(op.f('ix_callback_case_number'), 'callback', ['case_number'], unique=False)
    if op.get_bind().dialect.name == 'postgresql':  # the other keeps no comments
        op.alter_column(
            'callback', 'origin', existing_type=sa.String(length=16), existing_nullable=False,
            comment='who asked: caller, nobody (queue empty), transfer, dialplan, officer, agent, desk, '
            'page, repeat',
        )


def downgrade() -> None:
    op.drop_index(op.f('ix_callback_case_number'), table_name='callback')
    op.drop_column('callback', 'case_number')
