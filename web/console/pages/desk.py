"""A desk: who sits there, who rings if not, the seat plan, its changes, and a call that is tried out."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask import Response, request

from control.desk_presence import desk_states
from hotline.clock import TAIPEI
from hotline.directory.atlas import MeaningChange, edges
from hotline.directory.calendar import OFFICE
from hotline.directory.rules import Booking, Desk, Directory
from hotline.directory.service import Unknown
from hotline.errors import existing
from hotline.ledger.entries import Key
from hotline.worktime.workdays import NoCalendar
from transfer.explain import CHINESE, ENGLISH, RouteWords
from transfer.ladder import Ladder, ladder
from transfer.reasons import SkippedRung, WhyNot
from web.console import directory_presenters, seat_plan
from web.console.answers import render
from web.console.as_of import instant, is_now, staying, then
from web.console.date_fields import asked_moment, moment_of
from web.console.gate import Everyone, factory, house, now
from web.console.language import _, either, name
from web.console.pages.directory import about
from web.console.record_links import column_name, name_of, thing

pages = staying("desk")


@pages.read("/directory/desk/<extension>", Everyone.STAFF)
def one(extension: str) -> Response:
    """Page of an extension. Raises Unknown."""
    known = then()
    desk = existing(known.desks.get(extension), Unknown("desk", extension))
    city = house().atlas.city(instant())
    rules = house().hunt_rules
    beside = seat_plan.ring_order(known, desk, ladder(known, extension, rules, is_open=True, urgent=False))
    call = request.args.get("call", "")
    at = asked_moment(now(), "call") if moment_of(call) else instant()
    trial = tried(extension, at, urgent="urgent" in request.args, now=now())
    return render(
        "directory/desk.html",
        desk=desk,
        beside=beside,
        plan=seat_plan.plan_of(known, desk, beside),
        trial=trial,
        states={} if call or not is_now() else _states(trial.ladder),
        edge_words=edge_words,
        misread=bool(call) and moment_of(call) is None,
        businesses=directory_presenters.businesses_of(known, desk.section, desk.person)
        if desk.person
        else (),
        forwards=directory_presenters.stretches(city, "forwards", extension, known),
        absences=directory_presenters.stretches(city, "away", desk.person, known) if desk.person else (),
        bookings=directory_presenters.stretches(city, "bookings", desk.section, known),
        **about(known, directory_presenters.keys_of_desk(desk)),
    )


def _states(found: Ladder) -> dict[str, str]:
    """How each phone of a ladder is at this moment, in words."""
    now_is = desk_states(factory(), house().pbx, found.rungs, now())
    return {extension: name(one) for extension, one in now_is.items()}


@dataclass(frozen=True)
class RoutePreview:
    """A call that is tried out. ``is_open`` is None where no official calendar reaches."""

    at: datetime
    urgent: bool
    is_open: bool | None
    ladder: Ladder
    changes: tuple[MeaningChange, ...]

    @property
    def words(self) -> RouteWords:
        """The route's words in the page's language."""
        return either(CHINESE, ENGLISH)

    @property
    def skipped(self) -> list[SkippedRung]:
        """Phones that are passed over, each for a reason of its own; not those rung already."""
        rung = {one.extension for one in self.ladder.rungs}
        return [
            one
            for one in self.ladder.skipped
            if one.reason is not WhyNot.ENOUGH and not (one.reason is WhyNot.TRIED and one.extension in rung)
        ]

    @property
    def not_needed(self) -> list[SkippedRung]:
        """Phones that are not rung because enough others are."""
        return [one for one in self.ladder.skipped if one.reason is WhyNot.ENOUGH]


def tried(extension: str, at: datetime, *, urgent: bool, now: datetime) -> RoutePreview:
    """Explain a route as ``hotline why route`` does, with the changes planned between now and then."""
    here = house()
    here.city.refresh()
    try:
        is_open: bool | None = here.is_open(at)
    except NoCalendar:
        is_open = None
    city = here.atlas.city(min(at, now))
    then = city.at(at)
    found = ladder(then, extension, here.hunt_rules, is_open=bool(is_open), urgent=urgent)
    keys = [key for one in (then, city.at(now)) for key in _keys(one, extension, found, at)]
    return RoutePreview(at, urgent, is_open, found, tuple(edges(city, keys, now, at)))


def _keys(then: Directory, extension: str, found: Ladder, at: datetime) -> Iterator[Key]:
    """Everything that decides about the phones of a ladder."""
    yield from (("calendar", at.astimezone(TAIPEI).date().isoformat()), ("hours", OFFICE))
    rung, skipped = [one.extension for one in found.rungs], [one.extension for one in found.skipped]
    phones = (extension, *rung, *skipped)
    for desk in (then.desks[phone] for phone in dict.fromkeys(phones) if phone in then.desks):
        yield from (("desk", desk.extension), ("forward", desk.extension), ("booking", desk.section))
        yield "section", desk.section
        if desk.person:
            yield "absence", desk.person
        if section := then.sections.get(desk.section):
            yield from (("agency", section.agency), ("switchboard", section.agency))


def edge_words(edge: MeaningChange) -> str:
    """Sentence for what changes, without its date."""
    key, after = edge.key, edge.after
    called = name_of(then(), edge.kind, key) or key
    match edge.kind:
        case "forward":
            if after is None:
                return _("分機 %(key)s 不再跟隨", key=key)
            return _("分機 %(key)s 跟隨 %(target)s", key=key, target=after)
        case "absence":
            if after is None:
                return _("%(key)s 回來", key=called)
            return _("%(key)s 不在：%(cause)s", key=called, cause=after)
        case "booking":
            return _booking_words(called, after)
        case "switchboard":
            return _("%(key)s 總機恢復", key=called) if after is None else _("%(key)s 總機故障", key=called)
    it = thing(edge.kind, key, then())
    if after is None:
        return _("%(thing)s 停用", thing=it)
    if edge.before is None:
        return _("%(thing)s 啟用", thing=it)
    return _("%(thing)s 異動：%(columns)s", thing=it, columns=_("、").join(_differing(edge.before, after)))


def _booking_words(section: str, after: Booking | None) -> str:
    if after is None:
        return _("科室 %(key)s 回來", key=section)
    if not after.cover:
        return _("科室 %(key)s 全科不在：%(cause)s", key=section, cause=after.cause)
    return _(
        "科室 %(key)s 全科不在：%(cause)s，由 %(cover)s 代接",
        key=section,
        cause=after.cause,
        cover=after.cover,
    )


def _differing(before: Any, after: Any) -> list[str]:
    """Columns that differ between two values of one kind."""
    old, new = _words(before), _words(after)
    return [column_name(name) for name in new if new[name] != old.get(name)]


def _words(value: Any) -> dict[str, Any]:
    words = asdict(value)
    if isinstance(value, Desk):
        words |= words.pop("seat") or {}
    return words
