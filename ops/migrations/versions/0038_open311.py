"""Open311: keys for reports alone, tokens of reports, and cases found by when they were filed."""

import sqlalchemy as sa
from alembic import op

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'api_key',
        sa.Column(
            'scope', sa.String(length=16), server_default='all', nullable=False,
            comment='all that its login may, or open311: to send reports',
        ),
    )
    op.create_index(op.f('ix_case_file_filed_at'), 'case_file', ['filed_at'], unique=False)
    op.create_table(
        'case_token',
        sa.Column('token', sa.String(length=32), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('api_key', sa.Integer(), nullable=False, comment='id of the API key'),
        sa.Column(
            'digest', sa.String(length=64), nullable=False, comment='SHA-256 of the report as it was sent'
        ),
        sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_token_case_id_case_file')),
        sa.PrimaryKeyConstraint('token', name=op.f('pk_case_token')),
    )
    op.create_index(
        op.f('ix_case_token_api_key_digest_sent_at'), 'case_token', ['api_key', 'digest', 'sent_at'], unique=False
    )
    op.create_index(op.f('ix_case_token_case_id'), 'case_token', ['case_id'], unique=False)


def downgrade() -> None:
    op.drop_table('case_token')
    op.drop_index(op.f('ix_case_file_filed_at'), table_name='case_file')
    op.drop_column('api_key', 'scope')
