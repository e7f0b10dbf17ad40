"""Create the first tables."""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table('audit_event',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.String(length=40), nullable=False),
    sa.Column('actor_kind', sa.String(length=12), nullable=False),
    sa.Column('actor_id', sa.String(length=64), nullable=False),
    sa.Column('subject_kind', sa.String(length=24), nullable=False),
    sa.Column('subject_id', sa.String(length=26), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_audit_event')),
    sa.UniqueConstraint('hash', name=op.f('uq_audit_event_hash'))
    )
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_event_subject_id'), ['subject_id'], unique=False)

    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head'))
    )
    op.create_table('staff_user',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('session_epoch', sa.Integer(), nullable=False),
    sa.CheckConstraint('email = lower(email)', name=op.f('ck_staff_user_email_is_lower_case')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_user')),
    sa.UniqueConstraint('email', name=op.f('uq_staff_user_email'))
    )
    op.create_table('interview',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('introduction', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=35), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('any_order', sa.Boolean(), nullable=False),
    sa.Column('retention_days', sa.Integer(), nullable=False),
    sa.Column('created_by_id', sa.String(length=26), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('retention_days > 0', name=op.f('ck_interview_retention_is_positive')),
    sa.ForeignKeyConstraint(['created_by_id'], ['staff_user.id'], name=op.f('fk_interview_created_by_id_staff_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_interview'))
    )
    op.create_table('staff_role',
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['staff_user.id'], name=op.f('fk_staff_role_user_id_staff_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'role', name=op.f('pk_staff_role'))
    )
    op.create_table('interview_reviewer',
    sa.Column('interview_id', sa.String(length=26), nullable=False),
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.ForeignKeyConstraint(['interview_id'], ['interview.id'], name=op.f('fk_interview_reviewer_interview_id_interview'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['staff_user.id'], name=op.f('fk_interview_reviewer_user_id_staff_user'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('interview_id', 'user_id', name=op.f('pk_interview_reviewer'))
    )
    with op.batch_alter_table('interview_reviewer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_interview_reviewer_user_id'), ['user_id'], unique=False)

    op.create_table('invitation',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('interview_id', sa.String(length=26), nullable=False),
    sa.Column('candidate_name', sa.String(length=200), nullable=False),
    sa.Column('candidate_email', sa.String(length=254), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('created_by_id', sa.String(length=26), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['staff_user.id'], name=op.f('fk_invitation_created_by_id_staff_user')),
    sa.ForeignKeyConstraint(['interview_id'], ['interview.id'], name=op.f('fk_invitation_interview_id_interview')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_invitation_token_hash'))
    )
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invitation_interview_id'), ['interview_id'], unique=False)

    op.create_table('question',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('interview_id', sa.String(length=26), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('prompt', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=35), nullable=True),
    sa.Column('thinking_seconds', sa.Integer(), nullable=True),
    sa.Column('recording_seconds', sa.Integer(), nullable=True),
    sa.Column('retakes', sa.Integer(), nullable=True),
    sa.CheckConstraint('recording_seconds > 0', name=op.f('ck_question_recording_is_positive')),
    sa.CheckConstraint('retakes >= 0', name=op.f('ck_question_retakes_are_not_negative')),
    sa.CheckConstraint('thinking_seconds >= 0', name=op.f('ck_question_thinking_is_not_negative')),
    sa.ForeignKeyConstraint(['interview_id'], ['interview.id'], name=op.f('fk_question_interview_id_interview'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question'))
    )
    with op.batch_alter_table('question', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_interview_id'), ['interview_id'], unique=False)

    op.create_table('attempt',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('invitation_id', sa.String(length=26), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('consent_version', sa.String(length=20), nullable=True),
    sa.Column('consented_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('declined_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('preferences', sa.JSON(), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('receipt', sa.String(length=20), nullable=True),
    sa.ForeignKeyConstraint(['invitation_id'], ['invitation.id'], name=op.f('fk_attempt_invitation_id_invitation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt')),
    sa.UniqueConstraint('invitation_id', name=op.f('uq_attempt_invitation_id')),
    sa.UniqueConstraint('receipt', name=op.f('uq_attempt_receipt'))
    )
    op.create_table('take',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('attempt_id', sa.String(length=26), nullable=False),
    sa.Column('question_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('limits', sa.JSON(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recorded_ms', sa.Integer(), nullable=True),
    sa.Column('complete_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_whole', sa.Boolean(), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('number > 0', name=op.f('ck_take_number_is_positive')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_take_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['question_id'], ['question.id'], name=op.f('fk_take_question_id_question')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_take')),
    sa.UniqueConstraint('attempt_id', 'question_id', 'number', name=op.f('uq_take_attempt_id_question_id_number'))
    )
    with op.batch_alter_table('take', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_take_attempt_id'), ['attempt_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_take_question_id'), ['question_id'], unique=False)

    op.create_table('answer',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('attempt_id', sa.String(length=26), nullable=False),
    sa.Column('question_id', sa.String(length=26), nullable=False),
    sa.Column('take_id', sa.String(length=26), nullable=True),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('chosen_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('take_id IS NOT NULL OR text IS NOT NULL', name=op.f('ck_answer_has_content')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_answer_attempt_id_attempt')),
    sa.ForeignKeyConstraint(['question_id'], ['question.id'], name=op.f('fk_answer_question_id_question')),
    sa.ForeignKeyConstraint(['take_id'], ['take.id'], name=op.f('fk_answer_take_id_take')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answer')),
    sa.UniqueConstraint('attempt_id', 'question_id', name=op.f('uq_answer_attempt_id_question_id')),
    sa.UniqueConstraint('take_id', name=op.f('uq_answer_take_id'))
    )
    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_answer_attempt_id'), ['attempt_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_answer_question_id'), ['question_id'], unique=False)

    op.create_table('caption_track',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('take_id', sa.String(length=26), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('language', sa.String(length=35), nullable=False),
    sa.Column('model', sa.String(length=100), nullable=True),
    sa.Column('notice', sa.Text(), nullable=True),
    sa.Column('author_id', sa.String(length=26), nullable=True),
    sa.Column('is_current', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('checked_by_id', sa.String(length=26), nullable=True),
    sa.ForeignKeyConstraint(['author_id'], ['staff_user.id'], name=op.f('fk_caption_track_author_id_staff_user')),
    sa.ForeignKeyConstraint(['checked_by_id'], ['staff_user.id'], name=op.f('fk_caption_track_checked_by_id_staff_user')),
    sa.ForeignKeyConstraint(['take_id'], ['take.id'], name=op.f('fk_caption_track_take_id_take'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_caption_track')),
    sa.UniqueConstraint('take_id', 'version', name=op.f('uq_caption_track_take_id_version'))
    )
    with op.batch_alter_table('caption_track', schema=None) as batch_op:
        batch_op.create_index('uq_caption_track_one_current', ['take_id'], unique=True, sqlite_where=sa.text('is_current'), postgresql_where=sa.text('is_current'))

    op.create_table('media',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('take_id', sa.String(length=26), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('audio_key', sa.String(length=200), nullable=True),
    sa.Column('content_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('duration_ms', sa.Integer(), nullable=False),
    sa.Column('has_video', sa.Boolean(), nullable=False),
    sa.Column('has_audio', sa.Boolean(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['take_id'], ['take.id'], name=op.f('fk_media_take_id_take'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_media')),
    sa.UniqueConstraint('take_id', name=op.f('uq_media_take_id'))
    )
    op.create_table('stage_run',
    sa.Column('take_id', sa.String(length=26), nullable=False),
    sa.Column('stage', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=30), nullable=False),
    sa.Column('lease', sa.String(length=26), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('problem', sa.String(length=40), nullable=True),
    sa.Column('enqueued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['take_id'], ['take.id'], name=op.f('fk_stage_run_take_id_take'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('take_id', 'stage', name=op.f('pk_stage_run'))
    )
    with op.batch_alter_table('stage_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stage_run_state'), ['state'], unique=False)

    op.create_table('upload',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('take_id', sa.String(length=26), nullable=False),
    sa.Column('segment', sa.Integer(), nullable=False),
    sa.Column('offset', sa.BigInteger(), nullable=False),
    sa.Column('length', sa.BigInteger(), nullable=True),
    sa.Column('upload_metadata', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('terminated_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('"offset" >= 0', name=op.f('ck_upload_offset_is_not_negative')),
    sa.CheckConstraint('length IS NULL OR "offset" <= length', name=op.f('ck_upload_offset_within_length')),
    sa.ForeignKeyConstraint(['take_id'], ['take.id'], name=op.f('fk_upload_take_id_take'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upload')),
    sa.UniqueConstraint('take_id', 'segment', name=op.f('uq_upload_take_id_segment'))
    )
    with op.batch_alter_table('upload', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_upload_expires_at'), ['expires_at'], unique=False)

    op.create_table('cue',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('track_id', sa.String(length=26), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('start_ms', sa.Integer(), nullable=False),
    sa.Column('end_ms', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('words', sa.JSON(), nullable=False),
    sa.CheckConstraint('start_ms >= 0 AND end_ms > start_ms', name=op.f('ck_cue_times_in_order')),
    sa.ForeignKeyConstraint(['track_id'], ['caption_track.id'], name=op.f('fk_cue_track_id_caption_track'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cue')),
    sa.UniqueConstraint('track_id', 'position', name=op.f('uq_cue_track_id_position'))
    )
    with op.batch_alter_table('cue', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cue_track_id'), ['track_id'], unique=False)

    op.create_table('upload_part',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('upload_id', sa.String(length=26), nullable=False),
    sa.Column('start', sa.BigInteger(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.CheckConstraint('size > 0', name=op.f('ck_upload_part_size_is_positive')),
    sa.ForeignKeyConstraint(['upload_id'], ['upload.id'], name=op.f('fk_upload_part_upload_id_upload'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upload_part')),
    sa.UniqueConstraint('upload_id', 'start', name=op.f('uq_upload_part_upload_id_start'))
    )



def downgrade() -> None:

    op.drop_table('upload_part')
    with op.batch_alter_table('cue', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cue_track_id'))

    op.drop_table('cue')
    with op.batch_alter_table('upload', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_upload_expires_at'))

    op.drop_table('upload')
    with op.batch_alter_table('stage_run', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stage_run_state'))

    op.drop_table('stage_run')
    op.drop_table('media')
    with op.batch_alter_table('caption_track', schema=None) as batch_op:
        batch_op.drop_index('uq_caption_track_one_current', sqlite_where=sa.text('is_current'), postgresql_where=sa.text('is_current'))

    op.drop_table('caption_track')
    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_answer_question_id'))
        batch_op.drop_index(batch_op.f('ix_answer_attempt_id'))

    op.drop_table('answer')
    with op.batch_alter_table('take', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_take_question_id'))
        batch_op.drop_index(batch_op.f('ix_take_attempt_id'))

    op.drop_table('take')
    op.drop_table('attempt')
    with op.batch_alter_table('question', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_question_interview_id'))

    op.drop_table('question')
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invitation_interview_id'))

    op.drop_table('invitation')
    with op.batch_alter_table('interview_reviewer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_interview_reviewer_user_id'))

    op.drop_table('interview_reviewer')
    op.drop_table('staff_role')
    op.drop_table('interview')
    op.drop_table('staff_user')
    op.drop_table('audit_head')
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_event_subject_id'))

    op.drop_table('audit_event')

