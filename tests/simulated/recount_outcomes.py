"""What came of calls, recounted: first-call completion, topics, news, costs, outages, satisfaction."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from math import sqrt

from calls.store import CallRow
from hotline.categories.store import CategoryRow
from hotline.directory.store import AgencyRow, DeskRow, PersonRow
from hotline.knowledge.store import FaqRow
from hotline.news.store import MessageRow, SurgeRow
from hotline.outages import Outage
from hotline.outbox.store import OutboxMessage
from hotline.survey.store import SurveyRow
from tests.simulated.known import RUNG_KINDS, KnownRows, Row, grouped, minute_of, percent
from tests.simulated.recount_calls import SERVICES

WEEK = timedelta(days=7)


def completion(known: KnownRows) -> list[Row]:
    """Call by call, against every other call of its number."""
    filed = {one.call_id for one in known.cases}
    by_caller = grouped(
        [one for one in known.calls if one.caller not in ("", "anonymous") and one.topic],
        lambda one: (one.caller, one.topic),
    )
    judged = list[tuple[CallRow, str]]()
    for call in known.month_calls:
        if call.agent_at and call.service not in ("", "none"):
            judged.append((call, _completed(known, call, filed, by_caller)))
    untagged = sum(bool(one.agent_at) and not one.service for one in known.month_calls)
    rows = [{**_completion("all", judged), "untagged": str(untagged)}]
    for service in SERVICES:
        mine = [one for one in judged if service in one[0].service.split()]
        rows.append({**_completion(service, mine), "untagged": ""})
    return rows


def _completed(
    known: KnownRows, call: CallRow, filed: set[str], by_caller: dict[tuple[str, str], list[CallRow]]
) -> str:
    assert call.started_at
    if known.at <= call.started_at + WEEK:
        return "undecided"
    read = [one.detail["answered"] for one in known.events.get(call.id, ()) if one.kind == "Consulted"]
    put = [one for one in known.legs.get(call.id, ()) if one.kind in RUNG_KINDS and one.outcome == "answered"]
    for service in call.service.split():
        if service == "P3.1" and read and not any(read):
            return "not settled"
        if service == "P3.2" and not put:
            return "not settled"
        if service in ("P3.3", "P3.4", "P3.5") and call.id not in filed:
            return "not settled"
    for other in by_caller.get((call.caller, call.topic), ()):
        if other.started_at and call.started_at < other.started_at <= call.started_at + WEEK:
            return "called again"
    return "completed"


def _completion(name: str, judged: Sequence[tuple[CallRow, str]]) -> Row:
    fates = Counter(fate for _call, fate in judged)
    counted = len(judged) - fates["undecided"]
    hidden = sum(fate == "completed" and one.caller in ("", "anonymous") for one, fate in judged)
    return {
        "service": name,
        "settled": str(fates["completed"]),
        "counted": str(counted),
        "completion": percent(fates["completed"], counted),
        **{one: str(fates[one]) for one in ("called again", "not settled", "undecided")},
        "hidden": str(hidden),
    }


def topics(known: KnownRows) -> list[Row]:
    """The most frequent first, under the names of the end of the month."""
    found = Counter(one.topic for one in known.month_calls if one.topic)
    ordered = sorted(found, key=lambda one: (-found[one], one))
    return [{"topic": one, "title": _title(known, one), "calls": str(found[one])} for one in ordered]


def _title(known: KnownRows, topic: str) -> str:
    kind, key = topic.split(":")
    if kind == "message":
        return next((one.title for one in known.all(MessageRow) if one.id == int(key)), "")
    if kind == "extension":
        return _desk(known, key)
    tables = {"category": (CategoryRow, "name"), "entry": (FaqRow, "question")}
    if kind not in tables:
        return ""
    table, word = tables[kind]
    return known.named(table, key, known.end, word).removeprefix(key).strip()


def _desk(known: KnownRows, extension: str) -> str:
    desks = [one for one in known.in_force(DeskRow, known.end) if one.key == extension]
    persons = {one.key: one for one in known.in_force(PersonRow, known.end)}
    if not desks:
        return ""
    person = persons.get(desks[0].person)
    name = (person.name if person else "") or desks[0].name
    duties = person.duties if person else ""
    return f"{name}（{duties}）" if name and duties else name or duties


def early(known: KnownRows) -> list[Row]:
    """Each message and surge, with the calls about it in the month and those that came before it."""
    news = [
        ("message", one.agency, one.title, one.posted_at, {f"message:{one.id}"})
        for one in known.all(MessageRow)
    ]
    news += [
        ("surge", one.agency, one.topic, one.told_at, {f"entry:{key}" for key in one.entries})
        for one in known.all(SurgeRow)
    ]
    rows = list[Row]()
    for kind, agency, title, told_at, about in news:
        of = [one for one in known.month_calls if one.topic in about]
        before = [one for one in of if one.started_at and one.started_at < told_at]
        if before or known.holds(told_at):
            cells = known.named(AgencyRow, agency, known.end), kind, title, minute_of(told_at)
            counts = str(len(of)), str(len(before))
            heads = ("agency", "news", "title", "told", "calls", "calls before")
            rows.append(dict(zip(heads, (*cells, *counts), strict=True)))
    return sorted(rows, key=lambda row: tuple(row.values()))


def outages(known: KnownRows) -> list[Row]:
    """What of each lies in the month."""
    rows = list[Row]()
    for one in sorted(known.all(Outage), key=lambda one: (one.began_at, one.id)):
        ended = one.ended_at or known.end
        since, until = max(one.began_at, known.since), min(ended, known.end)
        if since < until:
            took = f"{(until - since).total_seconds() / 60:.1f}"
            began, over = minute_of(one.began_at), minute_of(one.ended_at)
            told = {"part": one.part, "node": one.node, "began": began, "ended": over}
            rows.append({**told, "minutes of the month": took})
    return rows


def costs(known: KnownRows) -> list[Row]:
    """Calls with the minutes of their lines, then what was sent."""
    rows = list[Row]()
    for name, of in (("calls", known.month_calls), ("placed", known.placed)):
        seconds = list[float]()
        for one in of:
            if one.answered_at:
                seconds.append(((one.ended_at or known.end) - one.answered_at).total_seconds())
        seconds = [one for one in seconds if one > 0]
        begun = sum(int(one // 60) + (one % 60 > 0) for one in seconds)
        minutes = f"{sum(seconds) / 60:.1f}"
        rows.append({"cost": name, "number": str(len(of)), "minutes": minutes, "begun minutes": str(begun)})
    sent = [one for one in known.all(OutboxMessage) if one.state == "sent" and known.holds(one.done_at)]
    for channel in ("sms", "email"):
        many = str(sum(one.channel == channel for one in sent))
        rows.append({"cost": channel, "number": many, "minutes": "", "begun minutes": ""})
    return rows


def satisfaction(known: KnownRows) -> list[Row]:
    """By the first question, of all and by how they were asked."""
    asked = [one for one in known.all(SurveyRow) if known.holds(one.asked_at)]
    rows = list[Row]()
    for name in ("all", "talk", "mail", "callback"):
        of = [one for one in asked if name in ("all", one.channel)]
        scores = [one.first for one in of if one.first]
        good = sum(one > 3 for one in scores)
        counts = {"invited": len(of), "valid": len(scores), "no answer": len(of) - len(scores)}
        rows.append(
            {
                "channel": name,
                **{head: str(many) for head, many in counts.items()},
                "satisfied": str(good),
                "satisfaction": percent(good, len(scores)),
                "interval": _interval(good, len(scores)),
                **{f"score {one}": str(scores.count(one)) for one in (5, 4, 3, 2, 1)},
            }
        )
    return rows


def _interval(good: int, many: int) -> str:
    """Wilson's: the shares p of which good/many is no further than z standard deviations."""
    if not many:
        return ""
    z2, seen = 1.959964**2, good / many
    a, b, c = 1 + z2 / many, -(2 * seen + z2 / many), seen**2
    reach = sqrt(max(0.0, b * b - 4 * a * c))
    low, high = (-b - reach) / (2 * a), (-b + reach) / (2 * a)
    return f"{100 * low:.1f}% – {100 * high:.1f}%"
