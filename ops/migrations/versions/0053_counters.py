"""Counters of the sign-language service, their tests, incidents of misuse, codes that prove a mobile."""

import sqlalchemy as sa
from alembic import op

revision = '0053'
down_revision = '0052'
branch_labels = None
depends_on = None

KEPT = 'rows with a history are replaced, never changed'
WORDS = (
    'number', 'agency', 'location', 'equipment', 'program', 'helper', 'state', 'photo', 'photo_on',
    'id', 'valid_from', 'valid_to', 'author', 'reason', 'recorded_at',
)
NOW = sa.DateTime(timezone=True)


def keep_history() -> None:
    words = ', '.join(f'"{name}"' for name in WORDS)
    if op.get_bind().dialect.name == 'sqlite':
        refuse = f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
        op.execute(f'CREATE TRIGGER video_counter_kept BEFORE DELETE ON video_counter {refuse}')
        op.execute(f'CREATE TRIGGER video_counter_unchanged BEFORE UPDATE OF {words} ON video_counter {refuse}')
        return
    op.execute(
        f'CREATE TRIGGER video_counter_kept BEFORE DELETE OR TRUNCATE OR UPDATE OF {words} ON video_counter '
        'FOR EACH STATEMENT EXECUTE FUNCTION history_refuse()'
    )


def upgrade() -> None:
    op.create_table(
        'video_counter',
        sa.Column('number', sa.String(16), nullable=False, comment='1, 2 and so on, never given twice'),
        sa.Column('agency', sa.String(32), nullable=False, comment='code of the agency whose it is'),
        sa.Column('location', sa.String(128), nullable=False, comment='building, floor, window'),
        sa.Column('equipment', sa.String(255), nullable=False),
        sa.Column('program', sa.String(64), nullable=False, comment='with which it connects'),
        sa.Column('helper', sa.String(64), nullable=False, comment='who helps to connect (P6.5)'),
        sa.Column('state', sa.String(16), nullable=False, comment='in-use, out-of-order, none'),
        sa.Column('photo', sa.Integer, nullable=False, comment="id of the sign's photograph; 0 = none"),
        sa.Column('photo_on', sa.Date, nullable=True, comment='when it was taken'),
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('valid_from', NOW, nullable=False, comment='holds from here'),
        sa.Column('valid_to', NOW, nullable=True, comment='to before here; null = open'),
        sa.Column('author', sa.String(64), nullable=False, comment='login of who wrote this row'),
        sa.Column('reason', sa.Text, nullable=False),
        sa.Column('recorded_at', NOW, nullable=False),
        sa.Column('replaced_at', NOW, nullable=True, comment='null = this row counts'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_video_counter')),
    )
    op.create_index('ix_video_counter_number', 'video_counter', ['number'])
    op.create_index(
        'uq_video_counter_in_force', 'video_counter', ['number', 'valid_from'], unique=True,
        sqlite_where=sa.text('replaced_at IS NULL'), postgresql_where=sa.text('replaced_at IS NULL'),
    )
    keep_history()
    op.create_table(
        'video_counter_photo',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('counter', sa.String(16), nullable=False),
        sa.Column('image', sa.LargeBinary, nullable=False, comment='JPEG'),
        sa.Column('kept_at', NOW, nullable=False),
        sa.Column('kept_by', sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_video_counter_photo')),
    )
    op.create_index(op.f('ix_video_counter_photo_counter'), 'video_counter_photo', ['counter'])
    op.create_table(
        'video_counter_test',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('counter', sa.String(16), nullable=False),
        sa.Column('kind', sa.String(8), nullable=False, comment='self or rdec'),
        sa.Column('at', NOW, nullable=False, comment='when it was tested'),
        sa.Column('tester', sa.String(64), nullable=False, comment='name of who tested'),
        sa.Column('is_connected', sa.Boolean, nullable=False),
        sa.Column('seconds', sa.Integer, nullable=True, comment='until it was connected'),
        sa.Column('picture', sa.String(8), nullable=False, comment='good, poor, none'),
        sa.Column('sound', sa.String(8), nullable=False, comment='good, poor, none'),
        sa.Column('note', sa.Text, nullable=False),
        sa.Column('measured', sa.JSON, nullable=False, comment='figures of a self-test'),
        sa.Column('recorded_at', NOW, nullable=False),
        sa.Column('recorded_by', sa.String(64), nullable=False, comment='login, or account of the device'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_video_counter_test')),
    )
    name = op.f('ix_video_counter_test_counter_kind_at')
    op.create_index(name, 'video_counter_test', ['counter', 'kind', 'at'])
    op.create_index(op.f('ix_video_counter_test_kind_at'), 'video_counter_test', ['kind', 'at'])
    op.create_table(
        'video_misuse',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('counter', sa.String(16), nullable=False, comment='empty = an own device'),
        sa.Column('agency', sa.String(32), nullable=False, comment='of the counter, when it happened'),
        sa.Column('at', NOW, nullable=False, comment='when it happened'),
        sa.Column('what', sa.Text, nullable=False),
        sa.Column('recorded_at', NOW, nullable=False),
        sa.Column('recorded_by', sa.String(64), nullable=False),
        sa.Column('masked_at', NOW, nullable=True, comment='personal columns were emptied then'),
        sa.Column(
            'masked_ground', sa.String(8), server_default='', nullable=False, comment='why: period or erasure'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_video_misuse')),
    )
    op.create_index(op.f('ix_video_misuse_agency'), 'video_misuse', ['agency'])
    op.create_index(op.f('ix_video_misuse_at'), 'video_misuse', ['at'])
    op.create_table(
        'video_phone_proof',
        sa.Column('call_id', sa.String(64), nullable=False, comment='the call that asked for it'),
        sa.Column('number_hash', sa.String(32), nullable=False),
        sa.Column('code_hash', sa.String(32), nullable=False),
        sa.Column('sent_at', NOW, nullable=False),
        sa.Column('used_at', NOW, nullable=True, comment='null = nobody has used it'),
        sa.Column('tries', sa.Integer, nullable=False, comment='wrong codes since it was sent'),
        sa.PrimaryKeyConstraint('call_id', name=op.f('pk_video_phone_proof')),
    )
    op.create_index(op.f('ix_video_phone_proof_number_hash'), 'video_phone_proof', ['number_hash'])
    op.create_index(op.f('ix_video_phone_proof_sent_at'), 'video_phone_proof', ['sent_at'])


def downgrade() -> None:
    op.drop_table('video_phone_proof')
    for table in ('video_misuse', 'video_counter_test', 'video_counter_photo', 'video_counter'):
        op.drop_table(table)
