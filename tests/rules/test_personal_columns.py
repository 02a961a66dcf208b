"""Every column that may hold words of or about a citizen is sealed, or says here why it is not."""

from collections.abc import Iterator

from sqlalchemy import JSON, Column, String, Text

import calls.store  # noqa: F401
import hotline.tables  # noqa: F401
import recordings.retrieval_store  # noqa: F401
import recordings.store  # noqa: F401
import reporting.hour_sums.store  # noqa: F401
import reporting.packs.store  # noqa: F401
from hotline.db import Base
from hotline.keys.columns import Hashed, Sealed, SealedJSON

PERSONAL = frozenset(
    "caller callee citizen complainant email given_by letter_to matter mobile name".split()
    + "number phone recipient".split()
)
"""Names of columns that mean a citizen until said otherwise."""
SENTENCE = 100
"""Letters from which on a column may hold more than a name or code of ours."""
STAFF = frozenset(
    "absence agency agent booking business contact desk duty forward leg office_hours".split()
    + "person section sso_binding sso_change sso_rule sso_stranger staff staff_proposal"
    " switchboard_fault".split()
)
"""Tables of the city's offices and people: what is of the city stands in its directory."""
WRITTEN_FOR_ALL = frozenset(
    "announcement_on announcement_sound calendar_override case_category closure faq menu_sound".split()
    + "news_alert news_measure news_message news_surge tuned_menus tuned_setting".split()
)
"""Tables of what agencies and the call centre write for everybody."""
EVIDENCE = frozenset(("audit_log", "ledger_entry"))
"""Tables of the audit log and the ledger, in which citizens stand as pseudonyms."""
CLEAR = {
    "allowance.times": "instants",
    "announcement_heard.name": "of an announcement",
    "api_answer.headers": "of HTTP",
    "api_answer.name": "a hash",
    "api_answer.readings": "which records were read",
    "api_key.purpose": "of a program",
    "audit_head.name": "of the chain",
    "callback_message.name": "of a file",
    "case_deadline.why": "the move that set it",
    "case_file.number": "of the case",
    "case_file.place": "of what is reported, by which it is found; goes with the place of cases",
    "case_file.place_key": "the same",
    "case_letter.place_key": "the same",
    "case_line.number": "of the line",
    "case_reply.number": "of the case",
    "cluster_lease.name": "of work that is done once",
    "credential.password": "a hash",
    "directory_revision.name": "of a table",
    "directory_revision.number": "a count",
    "faq_request.number": "of an entry",
    "faq_request.question": "what an entry is to answer",
    "faq_request.reply": "of an agency, about an entry",
    "faq_review.number": "of an entry",
    "fault_ticket.fault": "of a line or telephone",
    "held_turn.number": "of the turn",
    "hour_sum.figures": "counts and waits of calls together",
    "house_secret.name": "of a password of ours",
    "log_position.file": "of a file",
    "log_position.name": "of a file",
    "node.name": "of a machine",
    "node.roles": "what a machine runs",
    "open_month.figures": "counts for everybody",
    "pack_edition.differences": "of counts",
    "pack_edition.number": "of an edition",
    "pack_edition.seconds": "times of ours",
    "pack_edition.tables": "counts, names of agencies and agents, numbers and dates of cases",
    "recording.destroyed_ground": "a ground of ours",
    "recording.fault": "of a file",
    "recording.path": "of a file",
    "recording.reason": "of a disk",
    "recording.sealed_as": "the name of a file",
    "remote_recording.reason": "of the carrier",
    "resealing.name": "of a table",
    "resealing.place": "a primary key",
    "retrieval.ground": "a law",
    "retrieval_item.number": "of a call in a request",
    "retention_run.announced": "counts",
    "retention_run.done": "counts",
    "special_entry.evidence": "ids of calls",
    "special_event.key": "a name of ours",
    "standing_purpose.end_reason": "of a supervisor's work",
    "standing_purpose.purpose": "of a supervisor's work",
    "video_account.password": "a hash",
    "video_counter.equipment": "of the counter",
    "video_counter.location": "of the counter",
    "video_counter.number": "of the counter",
    "video_counter.reason": "why a counter is away",
    "video_counter_test.measured": "figures of a line",
    "video_counter_test.note": "of a counter's line",
    "video_message.number": "of a message",
    "waiting_line.callers": "tickets and queues, nobody's name or number",
    "wallboard.networks": "of rooms",
    "web_session.browser": "of the staff",
    "web_session.provider_session": "of the identity provider",
}
"""Columns that hold nothing of a citizen, each with what it holds."""


def suspected() -> Iterator[Column[object]]:
    """Columns of free words, long ones too, and those whose names mean a person, that are not sealed."""
    for table in Base.metadata.sorted_tables:
        for one in table.columns:
            is_sealed = isinstance(one.type, Sealed | SealedJSON | Hashed)
            if not is_sealed and (_is_of_words(one) or one.name in PERSONAL):
                yield one


def _is_of_words(one: Column[object]) -> bool:
    """Tell whether a sentence fits in."""
    is_long = isinstance(one.type, String) and (one.type.length or SENTENCE) >= SENTENCE
    return is_long or isinstance(one.type, Text | JSON)


def test_words_of_citizens_are_sealed() -> None:
    """A new column of free words is sealed, or declared with what it holds."""
    known = STAFF | WRITTEN_FOR_ALL | EVIDENCE
    open_ones = {f"{one.table.name}.{one.name}" for one in suspected() if one.table.name not in known}
    assert open_ones - CLEAR.keys() == set()


def test_a_hash_is_of_a_sealed_column_beside_it() -> None:
    """It would tell of whom a clear one is, and be filled by nobody of one that is not there."""
    for table in Base.metadata.sorted_tables:
        for one in table.columns:
            if isinstance(one.type, Hashed) and one.type.of:
                assert isinstance(table.columns[one.type.of].type, Sealed), f"{table.name}.{one.name}"
