"""A second factor's secret is chosen here and has recovery codes; some roles are proposed and confirmed."""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A default: processes of the former version write rows while both run.
    op.add_column('web_session', sa.Column('offered', sa.String(length=64), server_default='', nullable=False, comment='secret of the codes that is being set up here'))
    op.create_table(
        'recovery_code',
        sa.Column('digest', sa.String(length=64), nullable=False, comment='SHA-256 of login and code'),
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_recovery_code')),
    )
    op.create_index(op.f('ix_recovery_code_login'), 'recovery_code', ['login'], unique=False)
    op.create_table(
        'staff_proposal',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('login', sa.String(length=64), nullable=False),
        sa.Column('says', sa.JSON(), nullable=False, comment="the words of the staff's row"),
        sa.Column('renamed', sa.Boolean(), nullable=False, comment='the person who has the login is called so from then on'),
        sa.Column('since', sa.DateTime(timezone=True), nullable=False, comment='date of effect, if it is confirmed by then'),
        sa.Column('until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False, comment='entry of the ledger that it was made from; 0 = a new login'),
        sa.Column('proposed_by', sa.String(length=64), nullable=False),
        sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False, comment='open, confirmed or refused'),
        sa.Column('decided_by', sa.String(length=64), server_default='', nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_proposal')),
    )
    op.create_index(op.f('ix_staff_proposal_state'), 'staff_proposal', ['state'], unique=False)


def downgrade() -> None:
    op.drop_table('staff_proposal')
    op.drop_table('recovery_code')
    op.drop_column('web_session', 'offered')
