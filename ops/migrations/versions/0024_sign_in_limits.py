"""Places where a login is known, and tries that are counted by login as well."""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'known_place',
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('place', sa.String(length=45), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('login', 'place', name=op.f('pk_known_place')),
    )
    op.create_index(op.f('ix_known_place_seen_at'), 'known_place', ['seen_at'], unique=False)
    # A process of the former version, while both run, counts its own rows as before.
    if op.get_bind().dialect.name == 'postgresql':  # SQLite keeps no comments
        op.alter_column('sign_in_failure', 'login', comment='SHA-256 of the login as it was typed', existing_comment='as it was typed, at most 64 characters', existing_type=sa.String(length=64))
        op.alter_column('sign_in_failure', 'address', comment='the network, or the place where the login is known', existing_type=sa.String(length=45))
    op.create_index(op.f('ix_sign_in_failure_login_at'), 'sign_in_failure', ['login', 'at'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_sign_in_failure_login_at'), 'sign_in_failure')
    op.drop_table('known_place')
