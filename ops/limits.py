"""Limits of the rules, as the settings in force say them."""

from hotline.callbacks.rules import CallbackClock, CallbackLimits
from hotline.cases.deadlines import CaseClock, CaseLimits, Stage2From
from hotline.retention.kinds import Periods, RetentionKind
from hotline.settings import Settings
from hotline.sso.rules import SsoTerms
from hotline.survey.rules import SurveyPlan, SurveyRules
from hotline.video.hours import service_hours
from hotline.video.rules import VideoRules
from hotline.worktime import Worktime
from ivr.limits import Rules
from transfer.ladder import HuntRules


def special_calls(settings: Settings) -> Rules:
    """How long a special call may last, and after how many guidances it ends (P7.1)."""
    return Rules(
        settings.special_cap,
        settings.special_guidances,
        settings.special_answer,
        settings.special_spoken_warning,
        settings.call_longest,
    )


def hunting(settings: Settings) -> HuntRules:
    """How long each phone of a transfer rings, and how many (P5.1.1)."""
    rings = settings.transfer_ring, settings.transfer_neighbour_ring
    return HuntRules(*rings, settings.transfer_neighbours, settings.transfer_hunt, settings.dialling)


def callbacks(settings: Settings) -> CallbackLimits:
    """By when promises are kept, and how often they are tried (P5.1.1, P7.2)."""
    return CallbackLimits(
        settings.callback_hours,
        settings.callback_remind,
        settings.callback_attempts,
        settings.callback_lease,
        clock=CallbackClock(settings.callback_clock),
        given_daily=settings.callback_given_daily,
        given_open=settings.callback_given_open,
        repeat=settings.repeat_contact_hours,
        repeat_clock=CallbackClock(settings.repeat_contact_clock),
    )


def cases(settings: Settings) -> CaseLimits:
    """By when cases are signed, worked on and answered (P5.2, P5.4)."""
    return CaseLimits(
        redispatch_days=settings.petition_redispatch_days,
        assign=settings.petition_assign_hours,
        joint_days=settings.petition_joint_days,
        reply_days=settings.petition_reply_days,
        petition_clock=CaseClock(settings.petition_clock),
        extended_days=settings.petition_extended_days,
        tracking_days=settings.petition_tracking_days,
        sign=settings.quick_sign,
        second_reminder=settings.quick_second_reminder,
        quick_clock=CaseClock(settings.quick_clock),
        stage2_from=Stage2From(settings.quick_stage2_from),
        false_limit=settings.quick_false_limit,
        overdue_mail_at=settings.quick_overdue_mail_at,
        overdue_workdays_only=settings.quick_overdue_days == "working",
    )


def video(settings: Settings, offices: Worktime) -> VideoRules:
    """When the sign-language service is open, and how long a person is served (P6.3, P6.4)."""
    return VideoRules(
        service_hours(settings.video_opening, offices),
        settings.video_block,
        settings.video_extension,
        settings.video_extensions,
    )


def survey(settings: Settings) -> SurveyRules:
    """Who is asked how the service was, and what (P10.3)."""
    return SurveyRules(
        settings.survey_share,
        SurveyPlan(settings.survey_questions, bool(settings.survey_words)),
        settings.survey_seed,
        settings.survey_mail,
        settings.survey_callback,
    )


def sso(settings: Settings) -> SsoTerms:
    """How long sessions, keys and telephones hold without a word of the identity provider."""
    return SsoTerms(settings.oidc_away, settings.oidc_unconfirmed, settings.oidc_second_factor)


def retention(settings: Settings) -> Periods:
    """How long each kind of what is kept of people is kept (P4.12)."""
    return {
        RetentionKind.TALK: settings.retention_talk,
        RetentionKind.MESSAGE: settings.retention_message,
        RetentionKind.SPECIAL: settings.retention_special,
        RetentionKind.EMERGENCY: settings.retention_emergency,
        RetentionKind.CALLS: settings.retention_calls,
        RetentionKind.PROMISES: settings.retention_promises,
        RetentionKind.CASE_CONTACT: settings.retention_case_contact,
        RetentionKind.CASE_PLACE: settings.retention_case_place,
        RetentionKind.CASE_TEXT: settings.retention_case_text,
        RetentionKind.CASE_PHOTOS: settings.retention_case_photos,
        RetentionKind.SPECIAL_LIST: settings.retention_special_list,
        RetentionKind.NOTICES: settings.retention_notices,
        RetentionKind.CHATS: settings.retention_chats,
        RetentionKind.VIDEO: settings.retention_video,
        RetentionKind.SURVEYS: settings.retention_surveys,
        RetentionKind.EXPORTS: settings.retention_exports,
        RetentionKind.OUTBOX: settings.retention_outbox,
        RetentionKind.UPLOADS: settings.retention_uploads,
        RetentionKind.LOGS: settings.retention_logs,
    }
