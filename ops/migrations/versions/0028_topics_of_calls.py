"""Topics of calls, grounds of those without a service, and the calls that nobody has closed."""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

_UNTAGGED = sa.text("service = '' AND agent_at IS NOT NULL")


def upgrade() -> None:
    # A default: processes of the former version write rows while both run.
    op.add_column('call', sa.Column('ground', sa.String(length=16), server_default='', nullable=False, comment='why there was no service'))
    op.add_column('call', sa.Column('topic', sa.String(length=64), server_default='', nullable=False, comment='entry:12, extension:5112, message:3 or word:noise'))
    op.create_index('ix_call_untagged', 'call', ['started_at'], unique=False, sqlite_where=_UNTAGGED, postgresql_where=_UNTAGGED)
    if op.get_bind().dialect.name == 'postgresql':  # the other keeps no comments
        op.alter_column(
            'call', 'service', existing_type=sa.String(length=32), existing_nullable=False,
            comment='service types of P3, or none; empty until somebody says it',
        )


def downgrade() -> None:
    op.drop_index('ix_call_untagged', table_name='call')
    op.drop_column('call', 'topic')
    op.drop_column('call', 'ground')
