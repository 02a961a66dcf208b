"""The kind of every table and every folder of the house, or why it has none; nothing starts without it.

A table belongs to the kind by which the first of its columns goes; which columns go, and when, the rooms say
in their modules ``masking``.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from hotline.retention.kinds import Exempt, RetentionKind

Assigned = RetentionKind | Exempt
_KEPT: Final[Mapping[Assigned, str]] = {
    RetentionKind.TALK: "recording remote_recording",
    RetentionKind.CALLS: """call call_event leg consult cel_event held_call held_turn special_call
    special_event verification placed_call placed_ring retrieval silenced_part chosen_call""",
    RetentionKind.PROMISES: """callback callback_request callback_message callback_attempt callback_line
        callback_event""",
    RetentionKind.CASE_CONTACT: "case_file referral referral_handover",
    RetentionKind.CASE_PLACE: "case_place_word",
    RetentionKind.CASE_TEXT: "case_event case_letter problem_ticket case_review feedback",
    RetentionKind.CASE_PHOTOS: "case_photo",
    RetentionKind.SPECIAL_LIST: "special_entry",
    RetentionKind.NOTICES: "notice",
    RetentionKind.VIDEO: "video_account video_session video_misuse",
    RetentionKind.SURVEYS: "survey",
    Exempt.OWN_JOB: """allowance api_answer case_line sign_in_failure known_place video_message
        video_entry video_code video_phone_proof sso_stranger sso_used""",
    Exempt.EVIDENCE: """audit_log audit_chain audit_anchored audit_link audit_head ledger_entry
        ledger_entry_line legal_hold play""",
    Exempt.STAFF: """agent listening_page shift staff staff_proposal sso_binding sso_rule sso_change
        credential recovery_code web_session invitation
        api_key wallboard person desk contact booking forward absence duty contact_note
        news_trained news_alert_seen announcement_heard retrieval_item standing_purpose video_interpreter
        video_counter_test""",
    Exempt.NOTHING: """agency section business office_hours switchboard_fault calendar_override case_category
        case_deadline case_joint case_serial case_token case_reply faq faq_review faq_request
        fault_ticket news_message news_surge news_measure news_alert closure outage tuned_setting tuned_menus
        menu_sound announcement_sound announcement_on directory_revision
        log_position recording_gap data_key retention_run deletion_position
        event_rewriting resealing video_pulse open_month hour_sum
        video_counter video_counter_photo pack_edition pack_document pack_run node
        cluster_lease waiting_line house_secret""",
}
TABLES: Final[Mapping[str, Assigned]] = {
    name: kind for kind, names in _KEPT.items() for name in names.split()
}
FOLDERS: Final[Mapping[str, Assigned]] = {
    "recordings": RetentionKind.TALK,
    "messages": RetentionKind.MESSAGE,
    "sealed": RetentionKind.TALK,
    "outbox": RetentionKind.OUTBOX,
    "exports": RetentionKind.EXPORTS,
    "uploads": RetentionKind.UPLOADS,
    "log": RetentionKind.LOGS,
    "asterisk": RetentionKind.LOGS,
    "journal": Exempt.OWN_JOB,
    "cel": Exempt.OWN_JOB,
    "contacts": Exempt.STAFF,
    "anchors": Exempt.EVIDENCE,
    "deletions": Exempt.EVIDENCE,
    "announcements": Exempt.NOTHING,
    "menus": Exempt.NOTHING,
    "metrics": Exempt.NOTHING,
    "run": Exempt.NOTHING,
    "secrets": Exempt.NOTHING,
    "keys": Exempt.NOTHING,
    "turn": Exempt.NOTHING,
}
"""The folders of HOTLINE_HOME by their names there."""


def unassigned(tables: Iterable[str]) -> list[str]:
    """List the tables that nobody assigned."""
    return sorted(set(tables) - TABLES.keys())


def strangers(folders: Iterable[str]) -> list[str]:
    """List the folders of HOTLINE_HOME that nobody assigned."""
    return sorted(set(folders) - FOLDERS.keys())
