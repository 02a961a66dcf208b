"""Categories of cases, with their history."""

import sqlalchemy as sa
from alembic import op

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None

KEPT = "rows with a history are replaced, never changed"
WORDS = (
    "code", "name", "case_kind", "agency", "section", "sections", "manager", "stage1_hours", "stage2_days", "safety",
    "questions", "keywords", "prevention", "prevention_at", "reviewed_at", "placeholder",
    "id", "valid_from", "valid_to", "author", "reason", "recorded_at",
)


def keep_history() -> None:
    words = ", ".join(f'"{name}"' for name in WORDS)
    if op.get_bind().dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
        op.execute(f"CREATE TRIGGER case_category_kept BEFORE DELETE ON case_category {refuse}")
        op.execute(f"CREATE TRIGGER case_category_unchanged BEFORE UPDATE OF {words} ON case_category {refuse}")
        return
    op.execute(
        f"CREATE TRIGGER case_category_kept BEFORE DELETE OR TRUNCATE OR UPDATE OF {words} ON case_category "
        "FOR EACH STATEMENT EXECUTE FUNCTION history_refuse()"
    )


def upgrade() -> None:
    op.create_table(
        "case_category",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("case_kind", sa.String(8), nullable=False, comment="quick, notify or petition"),
        sa.Column("agency", sa.String(32), nullable=False, comment="code of the agency whose business it is"),
        sa.Column("section", sa.String(32), nullable=False, comment="in charge where no district says otherwise"),
        sa.Column("sections", sa.Text, nullable=False, comment="district=agency/section, between blanks"),
        sa.Column("manager", sa.String(32), nullable=False, comment="code of the person; empty = the agency's"),
        sa.Column("stage1_hours", sa.Integer, nullable=False, comment="4 to 24; 0 = no quick one"),
        sa.Column("stage2_days", sa.Integer, nullable=False, comment="1 to 14; 0 = no quick one"),
        sa.Column("safety", sa.Boolean, nullable=False, comment="public safety or resources (P5.4.11)"),
        sa.Column("questions", sa.Text, nullable=False, comment="asked of the caller, between semicolons"),
        sa.Column("keywords", sa.Text, nullable=False, comment="other words that citizens use for it"),
        sa.Column("prevention", sa.Text, nullable=False, comment="the agency's note (P5.4.9)"),
        sa.Column("prevention_at", sa.Date, nullable=True),
        sa.Column("reviewed_at", sa.Date, nullable=True, comment="the latest yearly review (P5.4.1)"),
        sa.Column(
            "placeholder", sa.Boolean, nullable=False, comment="stands here until the city says what is right"
        ),
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False, comment="holds from here"),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True, comment="to before here; null = open"),
        sa.Column("author", sa.String(64), nullable=False, comment="login of who wrote this row"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True, comment="null = this row counts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_category")),
    )
    op.create_index("ix_case_category_code", "case_category", ["code"])
    op.create_index(
        "uq_case_category_in_force", "case_category", ["code", "valid_from"], unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"), postgresql_where=sa.text("replaced_at IS NULL"),
    )
    keep_history()


def downgrade() -> None:
    op.drop_table("case_category")
