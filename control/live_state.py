"""Cache of Asterisk's queue and channel state for pages: asked only when old, however many show it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from threading import Condition
from typing import Final, TypeVar

from cachetools import TTLCache, cached

from control.ami import ManagerAccount
from control.monitor import SupervisorAtTalk, listeners
from control.pbx import Pbx
from control.presence import agents_state, busiest
from hotline import clock
from hotline.errors import HotlineError

FRESH: Final = timedelta(seconds=2)
Told = TypeVar("Told")


class LiveState:
    """State of agents' phones, and listeners to talks; nothing of either while Asterisk is away."""

    def __init__(self, pbx: Pbx, every: timedelta = FRESH) -> None:
        def states() -> Mapping[str, str]:
            def ask(one: Pbx) -> Mapping[str, str]:
                with one.manager(ManagerAccount.JOBS, patience=1.0) as ami:
                    return {phone: told.state for phone, told in agents_state(ami).items()}

            return busiest(pbx.everywhere(ask))

        self.phones: Callable[[], Mapping[str, str]] = fresh(states, {}, every)
        """Each agent's phone, by ``presence.STATES``."""
        self.listeners: Callable[[], Sequence[SupervisorAtTalk]] = fresh(lambda: listeners(pbx), (), every)
        """Everybody who is at a talk."""


def fresh(ask: Callable[[], Told], nothing: Told, every: timedelta) -> Callable[[], Told]:
    """Cache ``ask``: one thread at a time, at most once per ``every``; ``nothing`` on a HotlineError."""

    @cached(TTLCache(1, every.total_seconds(), timer=clock.monotonic), condition=Condition())
    def told() -> Told:
        try:
            return ask()
        except HotlineError:
            return nothing

    return told
