"""What a request of Open311 asks for, read from its address: which cases, which page, in which language."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import request

from hotline.cases.public import PublicSearch
from hotline.log_masking import is_text
from web.open311.remarks import NotAValue, OtherJurisdiction, SpanUnfit, TooManyAsked
from wording import CHINESE, ENGLISH

SPAN: Final = timedelta(days=90)
"""The longest time that is searched, and the one before now that is searched without dates."""
MOST: Final = 1000
"""Cases in one answer."""
MOST_PAGES: Final = 1_000
ZH: Final = ("zh-Hant-TW", "zh-TW", "zh")
STATUSES: Final = {"open": True, "closed": False}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Cases that are asked for: by their numbers, which overrides the rest, or a page of a search."""

    numbers: tuple[str, ...]
    search: PublicSearch
    skip: int
    most: int


def language() -> str:
    """The language of the answer: ``lang``, else what the program prefers, else Chinese."""
    asked = request.args.get("lang", "").strip().lower()
    if asked:
        return ENGLISH if asked.partition("-")[0] == "en" else CHINESE
    return ENGLISH if request.accept_languages.best_match((*ZH, "en"), ZH[0]) == "en" else CHINESE


def refuse_other_city(ours: str, given: str) -> None:
    """Refuse a jurisdiction that is not ours; without one it is. Raises OtherJurisdiction."""
    if given.strip() and given.strip().lower() != ours.lower():
        raise OtherJurisdiction(given.strip(), ours)


def wanted(at: datetime) -> Wanted:
    """The cases asked for. Raises NotAValue, SpanUnfit, TooManyAsked."""
    numbers = words("service_request_id")
    if len(numbers) > MOST:
        raise TooManyAsked(MOST)
    size = _count("page_size", MOST, MOST)
    page = _count("page", 1, MOST_PAGES)
    if numbers:
        return Wanted(numbers, PublicSearch(at - SPAN, at), 0, MOST)
    return Wanted((), _search(at), (page - 1) * size, size)


def words(name: str) -> tuple[str, ...]:
    """What is declared several times, or with commas between; what no row can hold stands for nothing."""
    parts = (part.strip() for text in request.args.getlist(name) for part in text.split(","))
    return tuple(dict.fromkeys(part if is_text(part) else "?" for part in parts if part))


def _search(at: datetime) -> PublicSearch:
    since, until = _instant("start_date"), _instant("end_date")
    if since is None:
        until = until or at
        since = until - SPAN
    elif until is None:
        until = min(since + SPAN, max(at, since))
    if until < since:
        raise SpanUnfit("reversed", SPAN.days)
    if until - since > SPAN:
        raise SpanUnfit("long", SPAN.days)
    return PublicSearch(since, until, words("service_code"), _is_open())


def _is_open() -> bool | None:
    asked = words("status")
    for one in asked:
        if one not in STATUSES:
            raise NotAValue("status", one, "status")
    kinds = {STATUSES[one] for one in asked}
    return kinds.pop() if len(kinds) == 1 else None


def _instant(name: str) -> datetime | None:
    """An instant with its zone; a plus that an address turned into a blank is one again."""
    text = request.args.get(name, "").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
        found.timestamp()
    except (ValueError, OverflowError):
        raise NotAValue(name, text, "instant") from None
    if found.tzinfo is None or not 1970 <= found.year < 2200:
        raise NotAValue(name, text, "instant")
    return found


def _count(name: str, otherwise: int, most: int) -> int:
    text = request.args.get(name, "").strip()
    if not text:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most):
        raise NotAValue(name, text, "page")
    return int(text)
