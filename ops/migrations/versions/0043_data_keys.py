"""Data keys, each wrapped by a key of the installation; second factors and telephones' passwords sealed."""

import sqlalchemy as sa
from alembic import op

revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None

SEALED = (
    ('credential', 'second'),
    ('web_session', 'offered'),
    ('agent', 'secret'),
    ('agent', 'browser_secret'),
    ('listening_page', 'secret'),
)


def upgrade() -> None:
    op.create_table(
        'data_key',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column(
            'kind', sa.String(length=32), nullable=False, comment='what it is for; check: it proves a key of the ring'
        ),
        sa.Column('wrapped', sa.LargeBinary(), nullable=False, comment='zeros once it is destroyed'),
        sa.Column('wrapped_by', sa.String(length=16), nullable=False, comment="id of the installation's key"),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('destroyed_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_data_key')),
    )
    op.create_index(op.f('ix_data_key_kind_wrapped_by'), 'data_key', ['kind', 'wrapped_by'], unique=False)
    if op.get_bind().dialect.name == 'postgresql':  # SQLite keeps a text of any length
        for table, column in SEALED:
            op.alter_column(table, column, type_=sa.Text(), existing_type=sa.String(length=64), existing_nullable=False)


def downgrade() -> None:
    """Sealed texts stay sealed: no former version reads them."""
    op.drop_table('data_key')
