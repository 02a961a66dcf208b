"""The call centre's days recounted: calls, promises and calls that 1999 placed; by hour and by agent too."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from calls.store import CallRow
from hotline.callbacks.store import Callback
from hotline.clock import TAIPEI
from hotline.staff.store import Agent
from tests.simulated.known import RUNG_KINDS, KnownRows, Row, day_of, grouped, slow

SERVICES = ("P3.1", "P3.2", "P3.3", "P3.4", "P3.5", "P3.6")
NAMES = ("consultation", "transfer", "petition", "notify", "quick", "sign_language")


def days(known: KnownRows) -> list[Row]:
    """Each day that has come, then all."""
    calls = grouped(known.month_calls, lambda one: day_of(one.started_at))
    promises = grouped(known.promises, lambda one: day_of(one.registered_at))
    placed = grouped(known.placed, lambda one: day_of(one.started_at))
    rows, day = list[Row](), known.since
    while day < known.end:
        name = day_of(day)
        parts = calls.get(name, []), promises.get(name, []), placed.get(name, [])
        rows.append({"day": name, **of_calls(known, *parts)})
        day += timedelta(days=1)
    return [*rows, {"day": "all", **of_calls(known, known.month_calls, known.promises, known.placed)}]


def of_calls(
    known: KnownRows, calls: Sequence[CallRow], promises: Sequence[Callback], placed: Sequence[CallRow]
) -> Row:
    """Every count of some calls, promises and calls that 1999 placed."""
    queued = [one for one in calls if one.queued_at]
    answered = [one for one in queued if one.agent_at]
    unmet = [one for one in queued if not one.agent_at and one.ended_at]
    back = [one for one in unmet if one.outcome == "promised"]
    soon = [one for one in answered if (one.agent_at - one.queued_at).total_seconds() <= 20]
    waits = sorted(one.queue_seconds or 0.0 for one in answered)
    talks = [one.talk_seconds for one in calls if one.talk_seconds]
    found: dict[str, Any] = {
        "calls": len(calls),
        "informed": sum(one.outcome == "informed" for one in calls),
        "left_before": sum(one.outcome == "abandoned" and not one.queued_at for one in calls),
        "queued": len(queued),
        "answered": len(answered),
        "promised_callback": len(back),
        "abandoned": len(unmet) - len(back),
        "within_20_s": len(soon),
        "service_level": _percent(len(soon), len(answered) + len(unmet)),
        "mean_wait_s": sum(waits) / len(waits) if waits else None,
        "p95_wait_s": slow(waits) if waits else None,
        "longest_wait_s": waits[-1] if waits else None,
        "talk_s": sum(talks),
        "mean_talk_s": sum(talks) / len(talks) if talks else None,
        **_put_through(known, calls),
        **_promised(known, promises),
        "special": sum(one.id in known.special for one in calls),
        "ended_by_rule": sum(one.id in known.ended_by_rule for one in calls),
        **{f"service_{name}": _tagged(calls, one) for name, one in zip(NAMES, SERVICES, strict=True)},
        "service_none": _tagged(calls, "none"),
    }
    for kind in ("category", "entry", "extension", "message", "word"):
        found[f"topic_{kind}"] = sum(one.topic.startswith(kind + ":") for one in calls)
    found["untagged"] = sum(one.agent_at is not None and one.service == "" for one in calls)
    found |= _read(known, calls) | _reasons(known, calls)
    found["placed"] = len(placed)
    found["placed_to_call_back"] = sum(one.id.startswith("callback-") for one in placed)
    found["placed_reached"] = sum((one.talk_seconds or 0) > 0 for one in placed)
    found["placed_talk_s"] = sum(one.talk_seconds or 0 for one in placed)
    return {name: "" if one is None else str(one) for name, one in found.items()}


def _percent(part: int, whole: int) -> str | None:
    return f"{100 * part / whole:.1f}%" if whole else None


def _tagged(calls: Sequence[CallRow], service: str) -> int:
    return sum(service in one.service.split(" ") for one in calls)


def _put_through(known: KnownRows, calls: Sequence[CallRow]) -> dict[str, int]:
    tried = met = 0
    takers = Counter[str]()
    for call in calls:
        rung = [leg for leg in known.legs.get(call.id, ()) if leg.kind in RUNG_KINDS]
        answers = sorted((leg for leg in rung if leg.outcome == "answered"), key=lambda leg: leg.started_at)
        tried += bool(rung)
        met += bool(answers)
        if answers:
            first = answers[0].kind
            takers[first if first in ("desk", "neighbour") else "others"] += 1
    return {
        "put_through": tried,
        "put_through_answered": met,
        **{f"put_through_answered_by_{by}": takers[by] for by in ("desk", "neighbour", "others")},
    }


def _promised(known: KnownRows, promises: Sequence[Callback]) -> dict[str, int]:
    fates = Counter[str]()
    for one in promises:
        looked_at = one.closed_at if one.state == "CANCELLED" and one.closed_at else known.at
        if one.first_attempt_at:
            fates["kept" if one.first_attempt_at <= one.due_at else "broken"] += 1
        elif one.due_at < looked_at:
            fates["broken"] += 1
        else:
            fates["withdrawn" if one.state == "CANCELLED" else "open"] += 1
    names = ("kept", "broken", "withdrawn", "open")
    return {"promises": len(promises), **{f"promises_{one}": fates[one] for one in names}}


def _read(known: KnownRows, calls: Sequence[CallRow]) -> dict[str, int]:
    answered = failed = 0
    for call in calls:
        told = [one.detail["answered"] for one in known.events.get(call.id, ()) if one.kind == "Consulted"]
        answered += any(told)
        failed += bool(told) and not any(told)
    return {"book_answered": answered, "book_failed": failed}


def _reasons(known: KnownRows, calls: Sequence[CallRow]) -> dict[str, int]:
    """Calls by why they were put through: each transfer of an agent has one, said then or afterwards."""
    found = Counter[str]()
    for call in calls:
        events = known.events.get(call.id, ())
        stated = [one.detail["reason"] for one in events if one.kind == "TransferReasonStated"]
        asked, explained, of_call, is_open = set[str](), set[str](), set[str](), False
        for one in events:
            if one.kind in ("TransferBegun", "TransferAsked"):
                extension = str(one.detail.get("asked") or one.detail.get("extension") or "")
                asked.add(extension)
                if reason := one.detail.get("reason"):
                    explained.add(extension)
                    of_call.add(reason)
                elif one.detail.get("by") and extension not in explained:
                    is_open = True
        rung = {leg.asked for leg in known.legs.get(call.id, ()) if leg.kind in RUNG_KINDS and leg.asked}
        if is_open or rung - asked:
            of_call.add(stated[-1] if stated else "unstated")
        found.update(of_call)
    return {f"transfer_{one}": found[one] for one in ("faq", "law", "doubt", "unstated")}


def services(known: KnownRows) -> list[Row]:
    """By agent's phone: no part of a pack."""
    names = {one.phone: one.name for one in known.all(Agent)}
    grounds = ("no-topic", "wrong-number", "silent", "cut-off", "test")
    answered = grouped([one for one in known.month_calls if one.agent_at], lambda one: one.agent)
    return [
        {
            "agent": f"{agent} {names.get(agent, '')}".strip(),
            "answered": str(len(of)),
            "untagged": str(sum(one.service == "" for one in of)),
            **{f"service {one}": str(_tagged(of, one)) for one in (*SERVICES, "none")},
            **{f"none {one}": str(sum(call.ground == one for call in of)) for one in grounds},
        }
        for agent, of in sorted(answered.items())
    ]


def hours(known: KnownRows) -> dict[int, Row]:
    """The same counts by the hour of the day."""
    of = {
        "calls": [(one.started_at, one) for one in known.month_calls],
        "promises": [(one.registered_at, one) for one in known.promises],
        "placed": [(one.started_at, one) for one in known.placed],
    }
    parts = {what: grouped(pairs, lambda pair: pair[0].astimezone(TAIPEI).hour) for what, pairs in of.items()}
    seen = sorted({hour for part in parts.values() for hour in part})
    return {
        hour: of_calls(known, *([one for _at, one in parts[what].get(hour, [])] for what in of))
        for hour in range(seen[0], seen[-1] + 1)
    }
