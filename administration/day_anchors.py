"""Rows that each day's row of the audit log covers: calls, their sound, plays, promises, cases, and events.

Of each what never changes once a row is complete; nothing personal, which goes after its time.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from calls.store import CallRow
from hotline.callbacks.store import Callback, CallbackEvent
from hotline.cases.store import Case, CaseEvent
from hotline.db import Sessions
from hotline.ledger.chain import ChainFault, ChainHead
from hotline.ledger.days import AnchoredKind, DayAnchors
from hotline.ledger.verification import verify
from recordings.retrieval_store import Play
from recordings.store import Recording

CALLS: Final = AnchoredKind(
    "calls",
    (CallRow.id,),
    (CallRow.node, CallRow.line, CallRow.started_at, CallRow.ended_at),
    CallRow.ended_at,
)
RECORDINGS: Final = AnchoredKind(
    "recordings",
    (Recording.call_id, Recording.direction),
    (Recording.sha256,),
    Recording.checked_at,
    Recording.sha256 != "",
)
CALLBACKS: Final = AnchoredKind(
    "callbacks", (Callback.id,), (Callback.origin, Callback.registered_at), Callback.registered_at
)
CALLBACK_EVENTS: Final = AnchoredKind(
    "callback-events",
    (CallbackEvent.id,),
    tuple(getattr(CallbackEvent, name) for name in ("callback_id", "at", "by", "kind", "before", "after")),
    CallbackEvent.at,
)
CASES: Final = AnchoredKind("cases", (Case.id,), (Case.number, Case.filed_at), Case.filed_at)
CASE_EVENTS: Final = AnchoredKind(
    "case-events",
    (CaseEvent.id,),
    tuple(getattr(CaseEvent, name) for name in ("case_id", "at", "by", "kind", "before", "after")),
    CaseEvent.at,
)
PLAYS: Final = AnchoredKind(
    "plays",
    (Play.id,),
    tuple(
        getattr(Play, name) for name in ("at", "by", "ground", "how", "call_id", "track", "begins", "ends")
    ),
    Play.at,
)
ANCHORED: Final = (CALLS, RECORDINGS, PLAYS, CALLBACKS, CALLBACK_EVENTS, CASES, CASE_EVENTS)


def verify_log(
    factory: Sessions, folder: Path, collected: Mapping[str, ChainHead] = MappingProxyType({})
) -> Iterator[ChainFault]:
    """Each place where the audit log, its anchors and the rows that its days cover contradict each other;
    ``collected``: anchors from elsewhere.

    Raises BadAnchor.
    """
    yield from verify(factory, folder, collected)
    yield from DayAnchors(factory, ANCHORED).verify()


def verify_checksums(factory: Sessions) -> Iterator[ChainFault]:
    """Each recording whose checksum is not the one that was anchored: sound and row were changed together."""
    yield from DayAnchors(factory, (RECORDINGS,)).verify()
