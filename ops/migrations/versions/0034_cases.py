"""Cases: petition, notify and quick, with their events, deadlines, photographs and letters."""

import sqlalchemy as sa
from alembic import op

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None
REFUSAL = 'events of a case are only added to'


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == 'sqlite'


def only_added_to(table: str, refusal: str) -> None:
    if is_sqlite():
        for verb in ('UPDATE', 'DELETE'):
            op.execute(
                f'CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} '
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    op.execute(
        f'CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS '
        f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )
    op.execute(
        f'CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} '
        f'FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()'
    )


def upgrade() -> None:
    op.create_table(
        'case_letter',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('category', sa.String(length=32), nullable=False),
        sa.Column('place_key', sa.String(length=200), nullable=False),
        sa.Column('latitude', sa.Float(), nullable=True),
        sa.Column('longitude', sa.Float(), nullable=True),
        sa.Column('agency', sa.String(length=32), nullable=False),
        sa.Column('signed_by', sa.String(length=64), nullable=False, comment='the name in the letter'),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('registered_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('registered_by', sa.String(length=64), nullable=False),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('lifted_by', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_letter')),
    )
    op.create_index(op.f('ix_case_letter_category_place_key'), 'case_letter', ['category', 'place_key'], unique=False)
    op.create_table(
        'case_serial',
        sa.Column('day', sa.Date(), nullable=False, comment='of Taipei'),
        sa.Column('last', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('day', name=op.f('pk_case_serial')),
    )
    op.create_table(
        'case_file',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(length=12), nullable=True, comment='P5.0-a; null = not filed'),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=8), nullable=False),
        sa.Column('subtype', sa.String(length=16), nullable=False, comment='of a petition (P3.3)'),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('stage', sa.Integer(), nullable=False, comment='1, 2, or 3 = beyond (P5.4.8); of a quick case'),
        sa.Column('stage_asked', sa.Integer(), nullable=False, comment='the stage that is asked for; 0 = none'),
        sa.Column('category', sa.String(length=32), nullable=False, comment='code'),
        sa.Column('touches', sa.String(length=16), nullable=False, comment='what of a particular person (P8.2); empty = nobody'),
        sa.Column('category_row', sa.Integer(), nullable=True, comment='the version of the category it was filed by'),
        sa.Column('agency', sa.String(length=32), nullable=False, comment='competent now; code'),
        sa.Column('section', sa.String(length=32), nullable=False),
        sa.Column('is_returned', sa.Boolean(), nullable=False, comment='not theirs: waits to be assigned'),
        sa.Column('hops', sa.Integer(), nullable=False, comment='assignings after the first (P5.2.2)'),
        sa.Column('matter', sa.Text(), nullable=False, comment="in the citizen's words"),
        sa.Column('is_safety', sa.Boolean(), nullable=False, comment='public safety or resources (P5.4.11)'),
        sa.Column('petition_ground', sa.String(length=16), nullable=False, comment='why it is no quick case: anonymous, blocked, converted'),
        sa.Column('district', sa.String(length=16), nullable=False),
        sa.Column('place', sa.String(length=200), nullable=False, comment='address, landmark or crossing'),
        sa.Column('place_key', sa.String(length=200), nullable=False, comment='the normalised address; empty = none'),
        sa.Column('latitude', sa.Float(), nullable=True),
        sa.Column('longitude', sa.Float(), nullable=True),
        sa.Column('name', sa.String(length=64), nullable=False, comment="the petitioner's; empty = anonymous"),
        sa.Column('phone', sa.String(length=32), nullable=False, comment='E.164; empty = none left'),
        sa.Column('email', sa.String(length=254), nullable=False),
        sa.Column('letter_to', sa.String(length=200), nullable=False, comment='postal address'),
        sa.Column('reply_way', sa.String(length=8), nullable=False, comment='sms, email, phone, letter, none'),
        sa.Column('language', sa.String(length=16), nullable=False),
        sa.Column('code_digest', sa.String(length=64), nullable=False, comment='of the code sent by e-mail; emptied when used (P8.1)'),
        sa.Column('call_id', sa.String(length=64), nullable=False, comment="the citizen's call; empty = none"),
        sa.Column('verification_id', sa.Integer(), nullable=True),
        sa.Column('placed_call_id', sa.Integer(), nullable=True, comment='of a notify case'),
        sa.Column('notified_at', sa.DateTime(timezone=True), nullable=True, comment='no later than filed_at (P5.3-a)'),
        sa.Column('notified_person', sa.String(length=64), nullable=False),
        sa.Column('not_reached', sa.Boolean(), nullable=False),
        sa.Column('lead_id', sa.Integer(), nullable=True, comment='the open case that this report is attached to; null = its own'),
        sa.Column('drafted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('drafted_by', sa.String(length=64), nullable=False),
        sa.Column('filed_at', sa.DateTime(timezone=True), nullable=True, comment='clocks run from it; the true time, also if late'),
        sa.Column('filed_by', sa.String(length=64), nullable=False),
        sa.Column('entered_late', sa.Boolean(), nullable=False, comment='entered after an outage (P5.4.3)'),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=True, comment='by which the citizen is answered; see case_deadline'),
        sa.Column('overdue_at', sa.DateTime(timezone=True), nullable=True, comment='when found late; null = never'),
        sa.Column('sign_due_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('signed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('signed_by', sa.String(length=64), nullable=False),
        sa.Column('sign_reminders', sa.Integer(), nullable=False),
        sa.Column('officer', sa.String(length=64), nullable=False, comment='login of who works on it'),
        sa.Column('reply_owner', sa.String(length=64), nullable=False, comment='login of the one who calls the petitioner (P5.4.4)'),
        sa.Column('result', sa.Text(), nullable=False, comment='what was done, or why nothing'),
        sa.Column('ground', sa.String(length=16), nullable=False, comment='of no action (P5.2.5), or of cancelling'),
        sa.Column('is_unfounded', sa.Boolean(), nullable=True, comment='a finding that nothing is wrong (P5.4.10)'),
        sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('doer', sa.String(length=64), nullable=False),
        sa.Column('no_photo', sa.Text(), nullable=False, comment='the reason for no photograph'),
        sa.Column('late_ground', sa.String(length=16), nullable=False, comment='code of P5.4.8'),
        sa.Column('late_reason', sa.Text(), nullable=False),
        sa.Column('late_analysis', sa.Text(), nullable=False, comment="the control officer's"),
        sa.Column('prevention', sa.Text(), nullable=False, comment='asked for when it recurs (P5.4.9)'),
        sa.Column('replied_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('reply_channel', sa.String(length=8), nullable=False),
        sa.Column('reply_officer', sa.String(length=64), nullable=False),
        sa.Column('reply_phone', sa.String(length=32), nullable=False),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('is_defect', sa.Boolean(), nullable=False, comment='reopened: closed before it was done'),
        sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True, comment="its own petitioner cancelled, and it goes on by others' reports"),
        sa.Column('cancelled_from', sa.String(length=16), nullable=False, comment='state to which taking back leads'),
        sa.Column('authority', sa.String(length=64), nullable=False, comment='outside the city (P5.2.2)'),
        sa.Column('letter', sa.String(length=64), nullable=False, comment='reference of the official letter'),
        sa.Column('track_due_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('external_ref', sa.String(length=64), nullable=False, comment='number in the petition system'),
        sa.ForeignKeyConstraint(['lead_id'], ['case_file.id'], name=op.f('fk_case_file_lead_id')),
        sa.ForeignKeyConstraint(['placed_call_id'], ['placed_call.id'], name=op.f('fk_case_file_placed_call_id')),
        sa.ForeignKeyConstraint(['verification_id'], ['verification.id'], name=op.f('fk_case_file_verification_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_file')),
        sa.UniqueConstraint('number', name=op.f('uq_case_file_number')),
    )
    op.create_index(op.f('ix_case_file_agency_state_due_at'), 'case_file', ['agency', 'state', 'due_at'], unique=False)
    op.create_index(op.f('ix_case_file_call_id'), 'case_file', ['call_id'], unique=False)
    op.create_index(op.f('ix_case_file_category_latitude'), 'case_file', ['category', 'latitude'], unique=False)
    op.create_index(op.f('ix_case_file_lead_id'), 'case_file', ['lead_id'], unique=False)
    op.create_index(op.f('ix_case_file_phone_state'), 'case_file', ['phone', 'state'], unique=False)
    op.create_index(op.f('ix_case_file_place'), 'case_file', ['place'], unique=False)
    op.create_index(op.f('ix_case_file_place_key_category_filed_at'), 'case_file', ['place_key', 'category', 'filed_at'], unique=False)
    op.create_index(op.f('ix_case_file_state_lead_id_due_at'), 'case_file', ['state', 'lead_id', 'due_at'], unique=False)
    op.create_index(op.f('ix_case_file_state_sign_due_at'), 'case_file', ['state', 'sign_due_at'], unique=False)
    op.create_table(
        'case_deadline',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=12), nullable=False),
        sa.Column('clause', sa.String(length=12), nullable=False),
        sa.Column('begins_at', sa.DateTime(timezone=True), nullable=False, comment='where its clock starts'),
        sa.Column('clock', sa.String(length=4), nullable=False, comment='CAL, WH or WD'),
        sa.Column('amount', sa.Integer(), nullable=False, comment='minutes; of WD days'),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True, comment='met, or replaced; null = it runs'),
        sa.Column('why', sa.Text(), nullable=False, comment='what set it: the move, or the declared days'),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_deadline_case_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_deadline')),
    )
    op.create_index(op.f('ix_case_deadline_case_id_kind'), 'case_deadline', ['case_id', 'kind'], unique=False)
    op.create_index(op.f('ix_case_deadline_kind_ended_at_due_at'), 'case_deadline', ['kind', 'ended_at', 'due_at'], unique=False)
    op.create_table(
        'case_event',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('by', sa.String(length=64), nullable=False, comment='login, or the process that did it'),
        sa.Column('kind', sa.String(length=24), nullable=False, comment='a move, or: note, phone-record, photo, take-over, overdue …'),
        sa.Column('before', sa.String(length=16), nullable=False, comment='state; empty = there was none'),
        sa.Column('after', sa.String(length=16), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('detail', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_event_case_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_event')),
    )
    op.create_index(op.f('ix_case_event_case_id_at'), 'case_event', ['case_id', 'at'], unique=False)
    op.create_index(op.f('ix_case_event_kind_at'), 'case_event', ['kind', 'at'], unique=False)
    op.create_table(
        'case_joint',
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('agency', sa.String(length=32), nullable=False),
        sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('confirmed_by', sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_joint_case_id')),
        sa.PrimaryKeyConstraint('case_id', 'agency', name=op.f('pk_case_joint')),
    )
    op.create_table(
        'case_photo',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('by', sa.String(length=64), nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('image', sa.LargeBinary(), nullable=False, comment='JPEG'),
        sa.Column('is_released', sa.Boolean(), nullable=False, comment='the petitioner may see it'),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_photo_case_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_photo')),
    )
    op.create_index(op.f('ix_case_photo_case_id'), 'case_photo', ['case_id'], unique=False)
    only_added_to('case_event', REFUSAL)


def downgrade() -> None:
    op.drop_table('case_photo')
    op.drop_table('case_joint')
    op.drop_table('case_event')
    op.drop_table('case_deadline')
    op.drop_table('case_file')
    op.drop_table('case_serial')
    op.drop_table('case_letter')
    if not is_sqlite():
        op.execute('DROP FUNCTION case_event_refuse()')
