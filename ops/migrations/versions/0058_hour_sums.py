"""Sums of hours, thrown away when a row that they count changes; promises and legs by their time.

A later migration that makes one of these tables of SQLite anew must take the triggers away before.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

LEGS = "{row}.kind IN ('alternative', 'desk', 'duty', 'emergency', 'forward', 'neighbour')"
EVENTS = "{row}.kind IN ('Consulted', 'TransferAsked', 'TransferBegun', 'TransferReasonStated')"
TABLES = {
    "call": (
        "started_at, line, queued_at, agent_at, ended_at, queue_seconds, talk_seconds, outcome, service, topic",
        "",
    ),
    "leg": ("call_id, kind, asked, started_at, outcome", LEGS),
    "call_event": ("call_id, at, kind", EVENTS),
    "special_event": ("call_id, to_state", "{row}.to_state IN ('SPECIAL')"),
    "special_call": ("call_id, ended_by", ""),
}
GIVEN = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
FUNCTIONS = {
    "hour_sum_of_call": "DELETE FROM hour_sum WHERE hour = date_trunc('hour', {row}.started_at, 'UTC');",
    "hour_sum_of_part": "DELETE FROM hour_sum USING call WHERE call.id = {row}.call_id "
    "AND hour = date_trunc('hour', call.started_at, 'UTC');",
}


def functions() -> Iterator[str]:
    for name, forget in FUNCTIONS.items():
        old, new = forget.format(row="OLD"), forget.format(row="NEW")
        yield (
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP <> 'INSERT' THEN {old} END IF; IF TG_OP <> 'DELETE' THEN {new} END IF; RETURN NULL; END $$"
        )


def triggers(dialect: str) -> Iterator[str]:
    for name, (columns, which) in TABLES.items():
        for verb, given in GIVEN.items():
            when = " OR ".join(which.format(row=row) for row in given) if which else ""
            head = (
                f"CREATE TRIGGER {name}_hour_sum_{verb.lower()} AFTER "
                f"{f'UPDATE OF {columns}' if verb == 'UPDATE' else verb} ON {name} FOR EACH ROW"
                f"{f' WHEN ({when})' if when else ''}"
            )
            if dialect == "postgresql":
                yield f"{head} EXECUTE FUNCTION hour_sum_of_{'call' if name == 'call' else 'part'}()"
                continue
            hours = ", ".join(hour(name, row) for row in given)
            yield f"{head} BEGIN DELETE FROM hour_sum WHERE hour IN ({hours}); END"


def hour(table: str, row: str) -> str:
    if table == "call":
        return f"substr({row}.started_at, 1, 13) || ':00:00.000000'"
    return f"(SELECT substr(started_at, 1, 13) || ':00:00.000000' FROM call WHERE id = {row}.call_id)"


def upgrade() -> None:
    op.create_table(
        "hour_sum",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False, comment="its first instant"),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "figures",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="counts, waits in milliseconds; null = being counted",
        ),
        sa.PrimaryKeyConstraint("hour", name=op.f("pk_hour_sum")),
    )
    op.create_index(op.f("ix_callback_registered_at"), "callback", ["registered_at"])
    op.create_index(op.f("ix_leg_started_at"), "leg", ["started_at"])
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        for statement in functions():
            bind.exec_driver_sql(statement)
    for statement in triggers(bind.dialect.name):
        bind.exec_driver_sql(statement)


def downgrade() -> None:
    bind = op.get_bind()
    for name in TABLES:
        for verb in GIVEN:
            of = f" ON {name}" if bind.dialect.name == "postgresql" else ""
            op.execute(f"DROP TRIGGER {name}_hour_sum_{verb.lower()}{of}")
    if bind.dialect.name == "postgresql":
        for function in FUNCTIONS:
            op.execute(f"DROP FUNCTION {function}()")
    op.drop_index(op.f("ix_leg_started_at"), "leg")
    op.drop_index(op.f("ix_callback_registered_at"), "callback")
    op.drop_table("hour_sum")
