"""Keys with which programs act for a login, and what they were answered."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'api_key',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False, comment='SHA-256 of the key'),
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('purpose', sa.String(length=120), nullable=False, comment='which program it is for'),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('by', sa.String(length=64), nullable=False),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True, comment='null = with the login'),
        sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True, comment='written once a minute at most'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),
        sa.UniqueConstraint('digest', name=op.f('uq_api_key_digest')),
    )
    op.create_index(op.f('ix_api_key_login'), 'api_key', ['login'], unique=False)
    op.create_table(
        'api_answer',
        sa.Column('key', sa.Integer(), autoincrement=False, nullable=False, comment='id of the API key'),
        sa.Column('name', sa.String(length=64), nullable=False, comment='SHA-256 of the Idempotency-Key'),
        sa.Column('asked', sa.String(length=64), nullable=False, comment='SHA-256 of method, path and body'),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('status', sa.Integer(), nullable=False),
        sa.Column('headers', sa.JSON(), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('key', 'name', name=op.f('pk_api_answer')),
    )
    op.create_index(op.f('ix_api_answer_at'), 'api_answer', ['at'], unique=False)


def downgrade() -> None:
    op.drop_table('api_answer')
    op.drop_table('api_key')
