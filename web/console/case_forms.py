"""The form of a case at the desk: what it says, what is proposed for it, and how it stands."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import g, render_template, request, url_for
from sqlalchemy.orm import Session

import wording
from hotline import places
from hotline.cases.drafts import DraftFields
from hotline.cases.examining import Examination, is_like, proposed_reply_way, verification
from hotline.cases.filing import FiledOutside, NeedsName
from hotline.cases.moving import NoSuchAgency
from hotline.cases.rules import CaseKind
from hotline.cases.store import Case
from hotline.cases.words import PetitionSubtype, ReplyWay
from hotline.categories.proposals import CaseProposal, ProposalKind
from hotline.categories.rules import Category
from hotline.categories.service import UnknownCategory
from hotline.clock import TAIPEI
from hotline.errors import HotlineError
from hotline.knowledge.service import entry
from hotline.outbound_calls.gate import Touches
from hotline.outbound_calls.rules import OutboundState
from hotline.outbound_calls.store import PlacedCall
from hotline.phones import in_taiwan
from hotline.places import OutsideTheCity, PlaceKind
from web.console.case_words import case_lines
from web.console.forms import text_of
from web.console.gate import house, now
from web.console.language import _, current, in_words, moment, name
from web.console.record_links import name_of
from web.console.talk_words import named

FIELDS: Final = frozenset(
    "matter category agency subtype place district name phone email letter_to reply_way phoned_at".split()
)
"""Fields at which the form says what is wrong with them."""
_BLAMED: Final[Mapping[type[HotlineError], str]] = {
    UnknownCategory: "category",
    NoSuchAgency: "agency",
    OutsideTheCity: "place",
    NeedsName: "name",
    FiledOutside: "phoned_at",
}
MOST_ENTRIES: Final = 2
"""More are not read while a caller waits."""
LONGEST_SAID: Final = 500
"""Signs of a matter by which categories are sought."""


def fields_of_form(session: Session) -> DraftFields:
    """What the form says; where nobody chose, what is proposed."""
    by_hand = frozenset(request.form.getlist("by_hand"))
    matter, touches, subtype = text_of("matter"), text_of("touches"), text_of("subtype")
    proposed = proposals(session, matter)
    category = text_of("category") if "category" in by_hand else _best(proposed, ProposalKind.CATEGORY)
    return DraftFields(
        kind=CaseKind.NOTIFY if text_of("kind") == CaseKind.NOTIFY else None,
        category=category,
        subtype=subtype if subtype in set(PetitionSubtype) else "",
        matter=matter,
        agency=text_of("agency") if "agency" in by_hand else _best(proposed, ProposalKind.AGENCY),
        place=text_of("place"),
        district=text_of("district"),
        name=text_of("name"),
        phone=text_of("phone"),
        email=text_of("email"),
        letter_to=text_of("letter_to"),
        reply_way=_reply_way("reply_way" in by_hand),
        is_safety=text_of("is_safety") == "yes" if "is_safety" in by_hand else None,
        touches=Touches(touches) if touches in set(Touches) else None,
    )


def field_of(error: HotlineError) -> str:
    """The field of the form that an error is about; empty where it is about none of them."""
    named = _BLAMED.get(type(error), "") or str(getattr(error, "field", ""))
    named = "phone" if named == "mobile" else named
    return named if named in FIELDS else ""


def _reply_way(by_hand: bool) -> ReplyWay:
    chosen = text_of("reply_way")
    if by_hand and chosen in set(ReplyWay):
        return ReplyWay(chosen)
    return proposed_reply_way(text_of("phone"), text_of("email"))


def proposals(session: Session, matter: str) -> list[CaseProposal]:
    """What the words of a caller lead to: categories, agencies, entries of the book; asked once a request."""
    if "case_proposals" not in g:
        g.case_proposals = {}
    known: dict[str, list[CaseProposal]] = g.case_proposals
    if matter not in known:
        said = matter[:LONGEST_SAID]
        known[matter] = house().categories.proposed(session, said, now()) if said else []
    return known[matter]


def _best(proposed: Iterable[CaseProposal], kind: ProposalKind) -> str:
    return next((one.key for one in proposed if one.kind is kind), "")


def told(session: Session, row: Case, examined: Examination) -> dict[str, Any]:
    """A draft as the desk's script takes it."""
    chosen = house().categories.at(session, now()).get(row.category)
    where, asks_district = _place(row)
    return {
        "id": row.id,
        "version": row.version,
        "call": row.call_id,
        "kind": examined.kind,
        "fields": _values(row),
        "categories": offered(session, row.matter),
        "about": _about(row, chosen, examined.kind),
        "questions": _("請問民眾：%(questions)s", questions=" ".join(chosen.questions))
        if chosen and chosen.questions
        else "",
        "place": where,
        "asks_district": asks_district,
        "entries": _entries(session, row.matter),
        "decisions": _decisions(session, row, examined),
        "ready": _ready(examined),
        "saved": _("已存草稿 %(at)s", at=f"{now().astimezone(TAIPEI):%H:%M}"),
        "notify": _notify(session, row),
    }


def _decisions(session: Session, row: Case, examined: Examination) -> str:
    """What a person must decide, as a part of the page."""
    like = [one for one in examined.own_open if is_like(one, row)]
    found = verification(session, row)
    return render_template(
        "agent_desk/decisions.html",
        examined=examined,
        like=case_lines(session, like),
        places=case_lines(session, examined.same_place),
        check=found.id if found else 0,
    )


def _ready(examined: Examination) -> str:
    """What is still missing, or that it may be filed."""
    match examined.first:
        case "words":
            said = {"matter": _("事由"), "category": _("類別"), "place": _("地點"), "agency": _("機關")}
            missing = [said[name] for name in examined.missing if name in said]
            return _("還缺：%(missing)s", missing=wording.listed(missing, current()))
        case "gate" | "own" | "place" | "name":
            return _("立案前請先決定上面的事。")
        case "notify":
            return _("通報並記下受理人員之後，才能立案。")
        case _:
            return _("可以立案。")


def _values(row: Case) -> dict[str, Any]:
    """Fields by their names, as the form has them."""
    return {
        "category": row.category,
        "agency": row.agency,
        "subtype": row.subtype or PetitionSubtype.REACTION,
        "matter": row.matter,
        "place": row.place,
        "name": row.name,
        "phone": in_taiwan(row.phone),
        "email": row.email,
        "letter_to": row.letter_to,
        "reply_way": row.reply_way,
        "touches": row.touches,
        "is_safety": row.is_safety,
        "kind": row.kind == CaseKind.NOTIFY,
    }


def offered(session: Session, matter: str) -> list[dict[str, Any]]:
    """Categories to choose from: those that fit the words first, then all by their kinds."""
    categories = house().categories.at(session, now())
    fitting = [one.key for one in proposals(session, matter) if one.kind is ProposalKind.CATEGORY]
    groups = [{"label": "", "options": [("", _("沒有合適的類別"))]}]
    if fitting:
        groups.append({"label": _("建議"), "options": [(code, categories[code].name) for code in fitting]})
    for kind in (CaseKind.QUICK, CaseKind.PETITION):
        rest = [
            (code, one.name) for code, one in categories.items() if one.kind == kind and code not in fitting
        ]
        if rest:
            groups.append({"label": name(kind), "options": rest})
    return groups


def _about(row: Case, chosen: Category | None, kind: CaseKind) -> str:
    """Whose matter it is and by when: read while the caller speaks."""
    then = house().city.city().at(now())
    agency = name_of(then, "agency", row.agency) or row.agency
    section = name_of(then, "section", row.section)
    limit = _("%(hours)d 小時內處理", hours=chosen.stage1_hours) if chosen and kind is CaseKind.QUICK else ""
    return "，".join(filter(None, (name(kind), " ".join(filter(None, (agency, section))), limit)))


def _place(row: Case) -> tuple[str, bool]:
    """The place as it is understood, or what to ask for; whether its district must be asked for."""
    if not row.place:
        return "", False
    try:
        found = places.parsed(row.place, district=row.district)
    except HotlineError as error:
        return in_words(error), False
    asks_district = not places.parsed(row.place).district
    if found.kind is PlaceKind.POINT:
        return found.district, False
    if found.key:
        return found.key, asks_district
    if found.district:
        said = _("%(district)s；請再問門牌、路口或附近的地標。", district=found.district)
        return said, asks_district
    return _("看不出是哪裡；請問門牌、路口或附近的地標。"), asks_district


def _entries(session: Session, matter: str) -> list[dict[str, str]]:
    """Entries of the book that surely fit the words: what it answers needs no case."""
    found = [
        one for one in proposals(session, matter) if one.kind is ProposalKind.ENTRY and one.match.is_sure
    ]
    return [
        {"number": one.key, "question": entry(session, one.key, now()).question}
        for one in found[:MOST_ENTRIES]
    ]


def _notify(session: Session, row: Case) -> dict[str, Any]:
    """Where the call to the agency stands (P5.3-a)."""
    call = session.get(PlacedCall, row.placed_call_id) if row.placed_call_id else None
    if call is None:
        return {
            **_whom(_extension(row)),
            "says": "",
            "asks_person": False,
            "running": False,
            "address": "",
        }
    state, who = OutboundState(call.state), call.who_answered
    says = name(state)
    if who:
        says = _("%(state)s：%(number)s %(name)s", state=says, number=who.number, name=who.name)
    if call.person:
        says = _(
            "%(says)s，受理通報人員 %(person)s，%(at)s",
            says=says,
            person=call.person,
            at=moment(call.notified_at),
        )
    return {
        **_whom(call.extension),
        "says": says,
        "asks_person": state is OutboundState.ANSWERED,
        "running": state is OutboundState.CALLING,
        "address": url_for("outbound_calls.one", number=call.id),
    }


def _whom(extension: str) -> dict[str, str]:
    """An extension, and who it is."""
    return {"extension": extension, "whom": named(house().city.city().at(now()), extension)}


def _extension(row: Case) -> str:
    """An extension of the competent section that could be rung; empty where none is known."""
    then = house().city.city().at(now())
    of = [one for one in then.desks.values() if one.section and one.section == row.section]
    return min((one.extension for one in of), default="")
