"""The chain whose rows hold pseudonyms, and digests of rows that a day's row of the audit log covers.

Rows of the former chain move by a job of the new release, beside processes of the release before.
"""

import sqlalchemy as sa
from alembic import op

revision = '0046'
down_revision = '0045'
branch_labels = None
depends_on = None

REFUSALS = {
    'audit_chain': "links of the audit log are only added to",
    'audit_anchored': "what was anchored is only added to",
}


def upgrade() -> None:
    op.create_table(
        'audit_chain',
        sa.Column('position', sa.Integer(), autoincrement=False, nullable=False, comment='1 is the first'),
        sa.Column('row', sa.Integer(), nullable=False, comment='id of the row in audit_log'),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('position', name=op.f('pk_audit_chain')),
        sa.UniqueConstraint('row', name=op.f('uq_audit_chain_row')),
    )
    op.create_table(
        'audit_anchored',
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('key', sa.String(length=96), nullable=False),
        sa.Column('day', sa.Date(), nullable=False, comment='of Taipei, whose row of the log covers it'),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('kind', 'key', name=op.f('pk_audit_anchored')),
    )
    op.create_index(op.f('ix_audit_anchored_day_kind'), 'audit_anchored', ['day', 'kind'])
    for table, refusal in REFUSALS.items():
        protect(table, refusal)


def protect(table: str, refusal: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )


def downgrade() -> None:
    for table in reversed(REFUSALS):
        if op.get_bind().dialect.name != "sqlite":
            op.execute(f"DROP TRIGGER {table}_no_change ON {table}")
            op.execute(f"DROP FUNCTION {table}_refuse()")
        op.drop_table(table)
