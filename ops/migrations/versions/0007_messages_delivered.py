"""What became of messages: doubts, the name on the other side, delivery."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.add_column(sa.Column('doubts', sa.Integer(), server_default=sa.text('0'), nullable=False, comment='attempts of which nobody knows what became; 1 = may have arrived twice'))
        batch_op.add_column(sa.Column('provider_id', sa.String(length=64), server_default=sa.text("''"), nullable=False, comment='its name on the other side'))
        batch_op.add_column(sa.Column('delivery', sa.String(length=12), server_default=sa.text("''"), nullable=False, comment='what the carrier says of it'))
        batch_op.add_column(sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True, comment='when the carrier said so'))


def downgrade() -> None:
    with op.batch_alter_table('notice', schema=None) as batch_op:
        for column in ('delivered_at', 'delivery', 'provider_id', 'doubts'):
            batch_op.drop_column(column)
