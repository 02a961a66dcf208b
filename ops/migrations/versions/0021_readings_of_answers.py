"""What a program's kept answer tells of citizens, so that asking again for it is a reading too."""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A default: processes of the former version write rows while both run.
    op.add_column('api_answer', sa.Column('readings', sa.JSON(), server_default='[]', nullable=False, comment='what it tells of citizens: whoever asks again has read it again'))


def downgrade() -> None:
    op.drop_column('api_answer', 'readings')
