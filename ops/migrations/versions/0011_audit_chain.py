"""The chain over the audit log; rows of before are chained when the next one is written."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

REFUSAL = "links of the audit log are only added to"


def upgrade() -> None:
    op.create_table(
        'audit_link',
        sa.Column('position', sa.Integer(), autoincrement=False, nullable=False, comment='1 is the first'),
        sa.Column('row', sa.Integer(), nullable=False, comment='id of the row in audit_log'),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('position', name=op.f('pk_audit_link')),
        sa.UniqueConstraint('row', name=op.f('uq_audit_link_row')),
    )
    op.create_table(
        'audit_head',
        sa.Column('name', sa.String(length=16), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_audit_head')),
    )
    protect()


def protect() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_link_no_{verb.lower()} BEFORE {verb} ON audit_link "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION audit_link_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_link_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_link "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_link_refuse()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP TRIGGER audit_link_no_change ON audit_link")
        op.execute("DROP FUNCTION audit_link_refuse()")
    op.drop_table('audit_head')
    op.drop_table('audit_link')
