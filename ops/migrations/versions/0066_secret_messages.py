"""Messages that hold a code lose it once they went."""

import sqlalchemy as sa
from alembic import op

revision = '0066'
down_revision = '0065'
branch_labels = None
depends_on = None

HOLD = ('N-27', 'N-51', 'N-70', 'N-71')


def upgrade() -> None:
    op.add_column(
        'notice',
        sa.Column(
            'holds_secret',
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment='a code stands in its text until it went or is void',
        ),
    )
    notice = sa.table('notice', sa.column('template', sa.String), sa.column('holds_secret', sa.Boolean))
    # Their text is sealed: the job that sends messages hides the codes of those that went.
    op.execute(notice.update().where(notice.c.template.in_(HOLD)).values(holds_secret=True))


def downgrade() -> None:
    op.drop_column('notice', 'holds_secret')
