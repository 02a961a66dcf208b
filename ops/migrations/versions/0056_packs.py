"""Monthly packs: editions that stay as they are, and the runs that make them."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

REFUSAL = "an edition of a monthly pack stays as it is"


def freeze() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER pack_edition_no_{verb.lower()} BEFORE {verb} ON pack_edition"
                f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION pack_edition_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER pack_edition_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON pack_edition "
        "FOR EACH STATEMENT EXECUTE FUNCTION pack_edition_refuse()"
    )


def upgrade() -> None:
    at = sa.DateTime(timezone=True)
    op.create_table(
        "pack_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False, comment="its first day"),
        sa.Column("number", sa.Integer(), nullable=False, comment="1, 2 and so on in its month"),
        sa.Column("counted_at", at, nullable=False, comment="what came later is not counted"),
        sa.Column(
            "made_by", sa.String(64), nullable=False, comment="login of who asked for it, or the process"
        ),
        sa.Column("version", sa.String(32), nullable=False, comment="of the program that counted"),
        sa.Column("tables", sa.JSON(), nullable=False, comment="head, number of names and rows, by name"),
        sa.Column("seconds", sa.JSON(), nullable=False, comment="that each table took"),
        sa.Column(
            "differences",
            sa.JSON(),
            nullable=False,
            comment="from the edition before: table, names of the row, column, was, now",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_edition")),
        sa.UniqueConstraint("month", "number", name=op.f("uq_pack_edition_month_number")),
    )
    freeze()
    op.create_table(
        "pack_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("asked_at", at, nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False, comment="so many tables are counted"),
        sa.Column("done_at", at, nullable=True, comment="null = it is to be made"),
        sa.Column(
            "edition",
            sa.Integer(),
            nullable=True,
            comment="number of the edition that has these figures, new or not",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_run")),
    )
    is_open = sa.text("done_at IS NULL")
    op.create_index(
        "uq_pack_run_open",
        "pack_run",
        ["month"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index(op.f("ix_pack_run_month_asked_at"), "pack_run", ["month", "asked_at"])


def downgrade() -> None:
    op.drop_table("pack_run")
    op.drop_table("pack_edition")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION pack_edition_refuse()")
