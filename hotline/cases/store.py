"""Cases as rows: the case, its events, deadlines, joint agencies, photographs, serials, words, referrals."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    delete,
    event,
    insert,
    text,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column
from sqlalchemy.orm.attributes import get_history

import hotline.outbound_calls.store  # noqa: F401  rows of cases refer to its tables
from hotline.cases.rules import OPEN_STATES, UNFILED, CaseKind, CaseState
from hotline.db import CODE, WHO, Base, Instant, only_added_to
from hotline.keys.columns import Hashed, Sealed, SealedJSON
from hotline.keys.finding import unsealed_index
from hotline.ledger.pseudonyms import tells_names
from hotline.places.words import LONGEST_WORD, words_kept
from hotline.retention.masked import MaskedRow

NUMBER = String(12)
_KNOWN_REF: Any = dict.fromkeys(("sqlite_where", "postgresql_where"), text("external_ref != ''"))


class Case(Base):
    """One matter of a citizen, from draft to close; a draft has no number. ``version`` rises with every
    change, so that of two people who work from one page the second is told.
    """

    __tablename__ = "case_file"
    __table_args__ = (
        Index(None, "state", "lead_id", "due_at"),
        Index(None, "agency", "state", "due_at"),
        Index(None, "phone_hash", "state"),
        Index(None, "phone_last4"),
        Index(None, "name_hash"),
        unsealed_index("case_file", "phone"),
        unsealed_index("case_file", "name"),
        Index(None, "place_key", "category", "filed_at"),
        Index(None, "category", "latitude"),
        Index(None, "call_id"),
        Index(None, "lead_id"),
        Index(None, "state", "sign_due_at"),
        Index(None, "filed_at"),
        Index("uq_case_file_external_ref", "external_ref", unique=True, **_KNOWN_REF),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None] = mapped_column(
        NUMBER, unique=True, active_history=True, comment="P5.0-a; null = not filed"
    )
    version: Mapped[int] = mapped_column(Integer, default=1)
    kind: Mapped[str] = mapped_column(String(8))
    subtype: Mapped[str] = mapped_column(String(16), default="", comment="of a petition (P3.3)")
    state: Mapped[str] = mapped_column(String(16), default=CaseState.DRAFT)
    stage: Mapped[int] = mapped_column(
        Integer, default=1, comment="1, 2, or 3 = beyond (P5.4.8); of a quick case"
    )
    stage_asked: Mapped[int] = mapped_column(
        Integer, default=0, comment="the stage that is asked for; 0 = none"
    )

    category: Mapped[str] = mapped_column(CODE, default="", comment="code")
    touches: Mapped[str] = mapped_column(
        String(16), default="", comment="what of a particular person (P8.2); empty = nobody"
    )
    category_row: Mapped[int | None] = mapped_column(
        Integer, comment="the version of the category it was filed by"
    )
    agency: Mapped[str] = mapped_column(CODE, default="", comment="competent now; code")
    section: Mapped[str] = mapped_column(CODE, default="")
    is_returned: Mapped[bool] = mapped_column(
        Boolean, default=False, comment="not theirs: waits to be assigned"
    )
    hops: Mapped[int] = mapped_column(Integer, default=0, comment="assignings after the first (P5.2.2)")
    matter: Mapped[str] = mapped_column(
        Sealed("case_file.matter"), default="", comment="in the citizen's words"
    )
    is_safety: Mapped[bool] = mapped_column(
        Boolean, default=False, comment="public safety or resources (P5.4.11)"
    )
    petition_ground: Mapped[str] = mapped_column(
        String(16), default="", comment="why it is no quick case: anonymous, blocked, converted"
    )

    district: Mapped[str] = mapped_column(String(16), default="", active_history=True)
    place: Mapped[str] = mapped_column(
        String(200), default="", active_history=True, comment="address, landmark or crossing"
    )
    place_key: Mapped[str] = mapped_column(
        String(200), default="", comment="the normalised address; empty = none"
    )
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)

    name: Mapped[str] = mapped_column(
        Sealed("case_file.name"), default="", comment="the petitioner's; empty = anonymous"
    )
    name_hash: Mapped[str] = mapped_column(Hashed("name", of="name"))
    phone: Mapped[str] = mapped_column(
        Sealed("case_file.phone"), default="", comment="E.164; empty = none left"
    )
    phone_hash: Mapped[str] = mapped_column(Hashed("number", of="phone"))
    phone_last4: Mapped[str] = mapped_column(Hashed("number", of="phone", part="last4"))
    email: Mapped[str] = mapped_column(Sealed("case_file.email"), default="")
    letter_to: Mapped[str] = mapped_column(
        Sealed("case_file.letter_to"), default="", comment="postal address"
    )
    reply_way: Mapped[str] = mapped_column(
        String(8), default="none", comment="sms, email, phone, letter, none"
    )
    language: Mapped[str] = mapped_column(String(16), default="")
    code_digest: Mapped[str] = mapped_column(
        String(64), default="", comment="of the code sent by e-mail; emptied when used (P8.1)"
    )

    call_id: Mapped[str] = mapped_column(String(64), default="", comment="the citizen's call; empty = none")
    verification_id: Mapped[int | None] = mapped_column(ForeignKey("verification.id"))
    placed_call_id: Mapped[int | None] = mapped_column(
        ForeignKey("placed_call.id"), comment="of a notify case"
    )
    notified_at: Mapped[datetime | None] = mapped_column(Instant, comment="no later than filed_at (P5.3-a)")
    notified_person: Mapped[str] = mapped_column(WHO, default="")
    not_reached: Mapped[bool] = mapped_column(Boolean, default=False)
    lead_id: Mapped[int | None] = mapped_column(
        ForeignKey("case_file.id"), comment="the open case that this report is attached to; null = its own"
    )
    drafted_at: Mapped[datetime] = mapped_column(Instant)
    drafted_by: Mapped[str] = mapped_column(WHO)
    filed_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="clocks run from it; the true time, also if late"
    )
    filed_by: Mapped[str] = mapped_column(WHO, default="")
    entered_late: Mapped[bool] = mapped_column(
        Boolean, default=False, comment="entered after an outage (P5.4.3)"
    )

    due_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="by which the citizen is answered; see case_deadline"
    )
    overdue_at: Mapped[datetime | None] = mapped_column(Instant, comment="when found late; null = never")
    sign_due_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_by: Mapped[str] = mapped_column(WHO, default="")
    sign_reminders: Mapped[int] = mapped_column(Integer, default=0)
    officer: Mapped[str] = mapped_column(WHO, default="", comment="login of who works on it")
    reply_owner: Mapped[str] = mapped_column(
        WHO, default="", comment="login of the one who calls the petitioner (P5.4.4)"
    )

    result: Mapped[str] = mapped_column(
        Sealed("case_file.result"), default="", comment="what was done, or why nothing"
    )
    ground: Mapped[str] = mapped_column(
        String(16), default="", comment="of no action (P5.2.5), or of cancelling"
    )
    is_unfounded: Mapped[bool | None] = mapped_column(
        Boolean, comment="a finding that nothing is wrong (P5.4.10)"
    )
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    doer: Mapped[str] = mapped_column(WHO, default="")
    no_photo: Mapped[str] = mapped_column(
        Sealed("case_file.no_photo"), default="", comment="the reason for no photograph"
    )
    late_ground: Mapped[str] = mapped_column(String(16), default="", comment="code of P5.4.8")
    late_reason: Mapped[str] = mapped_column(Sealed("case_file.late_reason"), default="")
    late_analysis: Mapped[str] = mapped_column(
        Sealed("case_file.late_analysis"), default="", comment="the control officer's"
    )
    prevention: Mapped[str] = mapped_column(
        Sealed("case_file.prevention"), default="", comment="asked for when it recurs (P5.4.9)"
    )
    replied_at: Mapped[datetime | None] = mapped_column(Instant)
    reply_channel: Mapped[str] = mapped_column(String(8), default="")
    reply_officer: Mapped[str] = mapped_column(WHO, default="")
    reply_phone: Mapped[str] = mapped_column(Sealed("case_file.reply_phone"), default="")
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    is_defect: Mapped[bool] = mapped_column(
        Boolean, default=False, comment="reopened: closed before it was done"
    )
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="its own petitioner cancelled, and it goes on by others' reports"
    )
    cancelled_from: Mapped[str] = mapped_column(
        String(16), default="", comment="state to which taking back leads"
    )
    authority: Mapped[str] = mapped_column(String(64), default="", comment="outside the city (P5.2.2)")
    letter: Mapped[str] = mapped_column(String(64), default="", comment="reference of the official letter")
    track_due_at: Mapped[datetime | None] = mapped_column(Instant)
    external_ref: Mapped[str] = mapped_column(String(64), default="", comment="number in the petition system")
    contact_masked_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="name, telephone and addresses were emptied then"
    )
    place_masked_at: Mapped[datetime | None] = mapped_column(Instant, comment="place was emptied then")
    text_masked_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="matter, result and words of events were emptied then"
    )
    photos_masked_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="photographs were emptied then"
    )
    masked_ground: Mapped[str] = mapped_column(
        String(8), default="", server_default="", comment="why, the latest time: period or erasure"
    )

    @property
    def case_kind(self) -> CaseKind:
        """The kind as its type."""
        return CaseKind(self.kind)

    @property
    def case_state(self) -> CaseState:
        """The state as its type."""
        return CaseState(self.state)

    @property
    def is_open(self) -> bool:
        """Tell whether it is filed and not over."""
        return self.state in OPEN_STATES

    @property
    def is_draft(self) -> bool:
        """Tell whether it is still to be filed."""
        return self.state in UNFILED

    @property
    def is_to_sign(self) -> bool:
        """Tell whether it is a quick case that waits for its signature (P5.4.2)."""
        return self.kind == CaseKind.QUICK and self.state == CaseState.FILED and not self.is_returned

    @property
    def wants_reply(self) -> bool:
        """Tell whether the petitioner is answered: contact was left and a reply asked for (P5.2.4), and not
        withdrawn.
        """
        is_asked = self.reply_way != "none" and self.withdrawn_at is None
        return is_asked and bool(self.phone or self.email or self.letter_to)


class CaseEvent(Base):
    """An event of a case: who, when, from, to, why (P0-a); never changed."""

    __tablename__ = "case_event"
    __table_args__ = (Index(None, "case_id", "at"), Index(None, "kind", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(WHO, comment="login, or the process that did it")
    kind: Mapped[str] = mapped_column(
        String(24), comment="a move, or: note, phone-record, photo, take-over, overdue …"
    )
    before: Mapped[str] = mapped_column(String(16), comment="state; empty = there was none")
    after: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Sealed("case_event.reason"), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(SealedJSON("case_event.detail"), default=dict)


class CaseDeadline(Base):
    """A deadline of a case, as it was computed; one that a newer replaced stays readable."""

    __tablename__ = "case_deadline"
    __table_args__ = (Index(None, "case_id", "kind"), Index(None, "kind", "ended_at", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    kind: Mapped[str] = mapped_column(String(12))
    clause: Mapped[str] = mapped_column(String(12))
    begins_at: Mapped[datetime] = mapped_column(Instant, comment="where its clock starts")
    clock: Mapped[str] = mapped_column(String(4), comment="CAL, WH or WD")
    amount: Mapped[int] = mapped_column(Integer, comment="minutes; of WD days")
    due_at: Mapped[datetime] = mapped_column(Instant)
    set_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant, comment="met, or replaced; null = it runs")
    why: Mapped[str] = mapped_column(Text, default="", comment="what set it: the move, or the declared days")


class JointAgency(Base):
    """An agency that is also competent (併會); the lead answers for all."""

    __tablename__ = "case_joint"

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    agency: Mapped[str] = mapped_column(CODE, primary_key=True)
    added_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_by: Mapped[str] = mapped_column(WHO, default="")


class CasePhoto(Base):
    """A photograph of a case, re-encoded, without the camera's data (EXIF)."""

    __tablename__ = "case_photo"
    __table_args__ = (Index(None, "case_id"), Index(None, "key_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(WHO)
    sha256: Mapped[str] = mapped_column(String(64))
    image: Mapped[bytes] = mapped_column(LargeBinary, comment="JPEG")
    key_id: Mapped[str] = mapped_column(
        String(32),
        default="",
        server_default="",
        comment="the data key that seals the image; empty: it is plain",
    )
    is_released: Mapped[bool] = mapped_column(Boolean, default=False, comment="the petitioner may see it")


HAS_IMAGE: Final = CasePhoto.image != b""
"""Condition that a photograph was not destroyed."""


class CasePlaceWord(Base):
    """A word of a filed case's place, by which it is looked up; kept with the case, whoever writes it."""

    __tablename__ = "case_place_word"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as SQLAlchemy reads it

    word: Mapped[str] = mapped_column(String(LONGEST_WORD), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)


@event.listens_for(Case, "after_insert")
@event.listens_for(Case, "after_update")
def _keep_place_words(_mapper: Mapper[Case], connection: Connection, row: Case) -> None:
    """Write the words of a case that has its number now, or another place."""
    was = _words(*(_before(row, name) for name in ("number", "place", "district")))
    now = _words(row.number, row.place, row.district)
    one = CasePlaceWord
    if gone := was - now:
        connection.execute(delete(one).where(one.case_id == row.id, one.word.in_(gone)))
    if new := sorted(now - was):
        connection.execute(insert(one), [{"word": word, "case_id": row.id} for word in new])


def _words(number: str | None, place: str | None, district: str | None) -> frozenset[str]:
    """The words of a filed case; a draft has none."""
    return words_kept(place or "", district or "") if number else frozenset()


def _before(row: Case, name: str) -> str | None:
    """A column's value before what is written now; None of a row that was not there."""
    history = get_history(row, name)
    return next(iter((*history.deleted, *history.unchanged)), None)


class CaseSerial(Base):
    """The last serial number of a day; raised in the filing's own transaction, so none is told twice."""

    __tablename__ = "case_serial"

    day: Mapped[date] = mapped_column(Date, primary_key=True, comment="of Taipei")
    last: Mapped[int] = mapped_column(Integer)


class CaseToken(Base):
    """A token by which a program asks what number the report it sent was given."""

    __tablename__ = "case_token"
    __table_args__ = (Index(None, "api_key", "digest", "sent_at"), Index(None, "case_id"))

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    api_key: Mapped[int] = mapped_column(Integer, comment="id of the API key")
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the report as it was sent")
    sent_at: Mapped[datetime] = mapped_column(Instant)


class ViolationLetter(MaskedRow, Base):
    """An agency's letter: the same matter at this place was found unfounded three times (P5.4.10)."""

    __tablename__ = "case_letter"
    __table_args__ = (Index(None, "category", "place_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(CODE)
    place_key: Mapped[str] = mapped_column(String(200), default="")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    agency: Mapped[str] = mapped_column(CODE)
    signed_by: Mapped[str] = mapped_column(WHO, comment="the name in the letter")
    reason: Mapped[str] = mapped_column(Sealed("case_letter.reason"))
    registered_at: Mapped[datetime] = mapped_column(Instant)
    registered_by: Mapped[str] = mapped_column(WHO)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_by: Mapped[str] = mapped_column(WHO, default="")


class Referral(MaskedRow, Base):
    """A false report that is referred to the police, because somebody wants its reporter held responsible
    (P8.3); asked for by one person, approved by another.
    """

    __tablename__ = "referral"
    __table_args__ = (Index(None, "case_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    state: Mapped[str] = mapped_column(String(12), comment="ASKED, APPROVED, REFUSED, ENDED")
    complainant: Mapped[str] = mapped_column(
        Sealed("referral.complainant"), comment="who wants the false reporter held responsible"
    )
    phone: Mapped[str] = mapped_column(
        Sealed("referral.phone"), default="", comment="the complainant's, E.164; empty = none left"
    )
    phone_hash: Mapped[str] = mapped_column(Hashed("number", of="phone"))
    wish: Mapped[str] = mapped_column(Sealed("referral.wish"), comment="in the complainant's words")
    police_unit: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[str] = mapped_column(WHO)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(WHO, default="", comment="never who asked for it")
    letter: Mapped[str] = mapped_column(String(64), default="", comment="number of our letter to the police")
    letter_on: Mapped[date | None] = mapped_column(Date)
    end_reason: Mapped[str] = mapped_column(
        Sealed("referral.end_reason"), default="", comment="of the refusal, or of the end"
    )
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str] = mapped_column(WHO, default="")


class ReferralHandover(Base):
    """What was handed over about a referred case under judicial procedure."""

    __tablename__ = "referral_handover"
    __table_args__ = (Index(None, "referral_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"))
    at: Mapped[datetime] = mapped_column(Instant, comment="when it was handed over")
    what: Mapped[str] = mapped_column(Sealed("referral_handover.what"))
    to: Mapped[str] = mapped_column(Sealed("referral_handover.to"), comment="unit and person")
    letter: Mapped[str] = mapped_column(String(64), comment="of the court or the prosecutor")
    noted_at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(WHO)


only_added_to(CaseEvent, "events of a case are only added to", rewritable=True)
tells_names("case", Case.number, Case.name)
tells_names("case-draft", Case.id, Case.name)
tells_names("call", Case.call_id, Case.name)
tells_names("referral", Referral.id, Referral.complainant)
