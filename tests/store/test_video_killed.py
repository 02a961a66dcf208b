"""Ending a session of sign language, killed at every write and at the commit: it is over and nothing of it is
left, or it runs whole; and doing it again ends it.
"""

import os
import signal
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from hotline.db import Sessions, sessions, transaction
from hotline.keys.store import DataKey
from hotline.video import messages
from hotline.video.messages import MessageKind
from hotline.video.rules import SessionState, Side
from hotline.video.store import VideoInterpreter, VideoMessage, VideoSession
from tests.forking import ended, in_a_process
from tests.keys import RING
from tests.signing import TEN, SignScene
from tests.store.test_cases_numbers import own, place

pytestmark = pytest.mark.dialects
WRITES = ("INSERT", "UPDATE", "DELETE")
THEN = TEN + timedelta(seconds=5)


def hangs_up(scene: SignScene) -> object:
    return scene.leave(1, THEN)


def ends(scene: SignScene) -> object:
    with transaction(scene.factory) as session:
        return scene.line.end(session, 1, "hand-1", THEN, "戶籍", "civil")


def settles(scene: SignScene) -> object:
    return scene.settle(TEN + timedelta(minutes=6))


ACTS = {"hangs up": hangs_up, "ends": ends, "settles": settles}


def dies_at(url: str, name: str, at: int) -> None:
    """Do it, and be killed before one of its writes, or its commit."""
    factory, done = own(url), list[str]()
    engine = factory.kw["bind"]

    def step(what: str) -> None:
        done.append(what)
        if len(done) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def asked(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().startswith(WRITES):
            step(statement)

    event.listen(engine, "before_cursor_execute", asked)
    event.listen(engine, "commit", lambda _connection: step("COMMIT"))
    ACTS[name](SignScene(factory))


def stands(factory: Sessions) -> tuple[str, bool, int, str]:
    """State, whether the key can be used, how many messages, and the interpreter's state."""
    with transaction(factory) as session:
        row = session.get_one(VideoSession, 1)
        key = session.scalars(select(DataKey).where(DataKey.kind == "video")).one()
        sent = session.scalar(select(func.count()).select_from(VideoMessage)) or 0
        return row.state, any(key.wrapped), sent, session.get_one(VideoInterpreter, "hand-1").state


@pytest.mark.parametrize("name", ACTS)
def test_killed_at_any_write_it_is_over_whole_or_not_at_all(database: Any, name: str) -> None:
    factory = sessions(database)
    scene = SignScene(factory)
    scene.hire("hand-1")
    scene.arrive("amy")
    scene.accept("hand-1", TEN)
    with transaction(factory) as session:
        messages.put(session, RING, 1, Side.CITIZEN, MessageKind.CHAT, "您好", TEN)
    runs, at = stands(factory), 1
    assert runs == (SessionState.ACTIVE, True, 1, "busy")
    while (came := ended(in_a_process(dies_at, place(factory), name, at))) != 0:
        assert came == -signal.SIGKILL
        assert stands(factory) == runs, at
        at += 1
    assert at > 4
    over = stands(factory)
    assert over[:3] == (SessionState.ENDED, False, 0)
    ACTS[name](scene)
    assert stands(factory) == over
