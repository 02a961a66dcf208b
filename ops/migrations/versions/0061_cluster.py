"""Several machines over one database: their rows, and leases on work that runs once."""

import sqlalchemy as sa
from alembic import op

revision = '0061'
down_revision = '0060'
branch_labels = None
depends_on = None

NOW = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'node',
        sa.Column('name', sa.String(16), nullable=False),
        sa.Column('roles', sa.JSON, nullable=False, comment='what it runs: node, web, console, jobs'),
        sa.Column('release', sa.String(32), nullable=False, comment='version of the product'),
        sa.Column(
            'manager', sa.String(64), nullable=False,
            comment="address:port of its Asterisk's manager, for others; empty = none",
        ),
        sa.Column('seen_at', NOW, nullable=False, comment='latest sign of life'),
        sa.Column('drained_at', NOW, nullable=True, comment='no new calls since; null = it takes them'),
        sa.Column('drained_by', sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_node')),
    )
    op.create_table(
        'cluster_lease',
        sa.Column('name', sa.String(16), nullable=False),
        sa.Column('holder', sa.String(16), nullable=False, comment='name of a machine; empty = given back'),
        sa.Column('fence', sa.Integer, nullable=False, comment='raised by each who takes it'),
        sa.Column('beats', sa.Integer, nullable=False, comment='raised by its holder each second'),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_cluster_lease')),
    )


def downgrade() -> None:
    op.drop_table('cluster_lease')
    op.drop_table('node')
