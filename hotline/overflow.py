"""Overflow of limits: counted by the limit that refused it, and when the latest was (metrics, health)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from prometheus_client import CollectorRegistry

from hotline import metrics


class CallLimit(StrEnum):
    """A limit, named as its setting."""

    NODE = "node_calls"
    CALLER = "caller_calls"
    VISITOR = "visitor_calls"
    ACCOUNTS = "visitor_accounts"
    CALLBACKS = "visitor_callbacks"
    TRACK = "track_misses_all"


@dataclass(frozen=True, slots=True)
class Overflow:
    """The overflow of one limit, since this node was started."""

    limit: CallLimit
    count: int
    latest_at: datetime


def count_overflow(limit: CallLimit, at: datetime) -> None:
    """Count one."""
    metrics.over_limit.labels(limit).inc()
    metrics.over_limit_latest.labels(limit).set(at.timestamp())


def overflows(registry: CollectorRegistry) -> list[Overflow]:
    """List the overflows counted by all processes, limits that refused nothing left out."""
    found = []
    for limit in CallLimit:
        count = registry.get_sample_value("hotline_over_limit_total", {"limit": limit})
        latest = registry.get_sample_value("hotline_over_limit_latest_timestamp_seconds", {"limit": limit})
        if count and latest:
            found.append(Overflow(limit, int(count), datetime.fromtimestamp(latest, UTC)))
    return found
