"""Documents of monthly packs: one a language beside each edition."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pack_document",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(16), nullable=False, comment="as the words name it: en"),
        sa.Column("rendered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="PDF/UA-1"),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["pack_edition.id"], name=op.f("fk_pack_document_edition_id_pack_edition")
        ),
        sa.PrimaryKeyConstraint("edition_id", "language", name=op.f("pk_pack_document")),
    )


def downgrade() -> None:
    op.drop_table("pack_document")
