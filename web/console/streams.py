"""Streams that tell open pages of changes at once: the board, the wallboard,
emergency bulletins on."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import current_app

from hotline import bulletins
from hotline.db import looking
from reporting.board import emergencies
from reporting.wallboard import wall
from web.console.server_sent_events import Broadcast
from web.parts import Parts
from web.serving import board_picture


@dataclass(frozen=True, slots=True)
class Streams:
    """One broadcast each for all pages of this process."""

    board: Broadcast
    wallboard: Broadcast
    bulletins: Broadcast

    @classmethod
    def of(cls, house: Parts, now: Callable[[], datetime]) -> "Streams":
        """Over a house; nothing is asked before a page listens."""

        def boards() -> str:
            seen, stand = board_picture(house, now())
            told = [{"agent": one.agent, "by": one.by, "login": one.login, "is": one.state} for one in stand]
            return f"data: {json.dumps(seen.plain() | {'standing': told}, ensure_ascii=False)}\n\n"

        def walls() -> str:
            seen, _ = board_picture(house, now())
            return f"data: {json.dumps(wall(seen).plain(), ensure_ascii=False)}\n\n"

        def alerts() -> str:
            with looking(house.factory) as session:
                on = name_of(
                    [row.id for row in bulletins.alerts(session, is_on=True)], emergencies(session, now())
                )
            return f"event: alerts\ndata: {json.dumps(on)}\n\n"

        return cls(
            Broadcast("floor", boards, every=0.4, beat=10.0, most=60),
            Broadcast("wall", walls, every=1.0, beat=2.0, most=24),
            Broadcast("alerts", alerts, every=1.0, beat=5.0, most=96),
        )


def streams() -> Streams:
    """Streams to all open pages of this process."""
    found: Streams = cast(Any, current_app).streams
    return found


def name_of(on: Iterable[int], emergencies: Iterable[str]) -> str:
    """A word for exactly these bulletins and calls: a page compares it with the one it shows."""
    return ",".join((*map(str, sorted(on)), *sorted(emergencies)))
