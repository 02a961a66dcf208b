"""A trial call told while it goes on: in the order in which things happened,
not in which they were noticed.
"""

from collections import Counter
from collections.abc import Callable

from demo.story import OFTEN, Moment, MomentKind


class LiveOutput:
    """Output of moments in their order: a prompt is known by its name only once it has ended, and others wait
    for it.
    """

    def __init__(self, tell: Callable[[Moment], None]) -> None:
        self._tell = tell
        self._waiting: list[Moment] = []
        self._rang: Counter[str] = Counter()

    def add(self, moment: Moment) -> None:
        """Take what has happened; it is told when nothing earlier can turn up any more."""
        self._waiting.append(moment)

    def up_to(self, at: float) -> None:
        """Everything before second ``at`` is known now."""
        ready = sorted((one for one in self._waiting if one.at < at), key=lambda one: one.at)
        self._waiting = [one for one in self._waiting if one.at >= at]
        for moment in ready:
            if not self._is_one_more(moment):
                self._tell(moment)

    def _is_one_more(self, moment: Moment) -> bool:
        """A phone that is busy is rung again each second while its caller waits."""
        if moment.kind is MomentKind.AGENT_RINGS:
            self._rang[moment.what] += 1
        rings = moment.kind is MomentKind.AGENT_RINGS or moment.words == "rings no more"
        return rings and self._rang[moment.what] > OFTEN
