"""What administrators set while calls go on: values of settings, and whole sets of menus."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

KEPT = "rows with a history are replaced, never changed"
OWN = {"tuned_setting": ("name", "value"), "tuned_menus": ("name", "version", "sources")}
HISTORY = ("id", "valid_from", "valid_to", "author", "reason", "recorded_at")


def upgrade() -> None:
    table(
        'tuned_setting',
        sa.Column('name', sa.String(length=48), nullable=False),
        sa.Column('value', sa.Text(), nullable=False),
    )
    table(
        'tuned_menus',
        sa.Column('name', sa.String(length=16), nullable=False),
        sa.Column('version', sa.String(length=12), nullable=False, comment='names the content'),
        sa.Column('sources', sa.JSON(), nullable=False, comment='file name to text'),
    )


def table(name: str, *own: sa.Column[Any]) -> None:
    op.create_table(
        name,
        *own,
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False, comment='holds from here'),
        sa.Column('valid_to', sa.DateTime(timezone=True), nullable=True, comment='to before here; null = open'),
        sa.Column('author', sa.String(length=64), nullable=False, comment='login of who wrote this row'),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True, comment='null = this row counts'),
        sa.PrimaryKeyConstraint('id', name=op.f(f'pk_{name}')),
    )
    op.create_index(
        f'uq_{name}_in_force', name, ['name', 'valid_from'], unique=True,
        sqlite_where=sa.text('replaced_at IS NULL'), postgresql_where=sa.text('replaced_at IS NULL'),
    )
    op.create_index(f'ix_{name}_name', name, ['name'], unique=False)
    protect(name)


def protect(name: str) -> None:
    words = ", ".join(f'"{column}"' for column in (*OWN[name], *HISTORY))
    if op.get_bind().dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
        op.execute(f"CREATE TRIGGER {name}_kept BEFORE DELETE ON {name} {refuse}")
        op.execute(f"CREATE TRIGGER {name}_unchanged BEFORE UPDATE OF {words} ON {name} {refuse}")
    else:
        op.execute(
            f"CREATE TRIGGER {name}_kept BEFORE DELETE OR TRUNCATE OR UPDATE OF {words} ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION history_refuse()"
        )


def downgrade() -> None:
    for name in OWN:
        op.drop_table(name)
