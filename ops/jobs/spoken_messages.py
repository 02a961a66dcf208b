"""Spoken messages that no decision told of: the caller hung up, the listener died, or Asterisk was alone."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from hotline.callbacks.service import Callbacks
from hotline.db import Sessions, transaction
from hotline.survey import service as survey
from recordings import vault
from recordings.messages import Messages
from recordings.policy import Direction, MessageEnd, call_of_message
from recordings.service import expect_message
from recordings.store import Recording
from recordings.vault import NotSound

log = structlog.get_logger()
TOLD: timedelta = timedelta(seconds=10)
"""A decision that goes on with the call tells of its message within this time."""
ANNOUNCED: timedelta = timedelta(hours=1)
"""Nobody waits so long to speak a message that was announced."""


@dataclass(frozen=True)
class Sweep:
    """Delivery of messages that lie on a node's disk to their promises, or to a survey.

    ``longest``: that of one message.
    """

    factory: Sessions
    messages: Messages
    node: str
    callbacks: Callbacks
    longest: timedelta

    def run(self, at: datetime) -> int:
        """Look at every message once; how many were brought."""
        self.messages.forget_announced(at - ANNOUNCED)
        waiting = list(self.messages.waiting())
        if not waiting:
            return 0
        with transaction(self.factory) as session:
            here = Recording.call_id.in_(list(map(call_of_message, waiting)))
            query = select(Recording.path).where(Recording.direction == Direction.MESSAGE, here)
            known = set(session.scalars(query))
        names = [name for name in waiting if f"{name}.wav" not in known]
        return sum(self._bring(name, at) for name in names)

    def _bring(self, name: str, at: datetime) -> bool:
        path = self.messages.path(name)
        found = vault.look(path)
        patience = TOLD if self.messages.is_told(name) else self.longest + TOLD
        if found is None or at - found.changed_at < patience:
            return False
        # A file without a true head was left by a listener that died; Asterisk closes what it records, also
        # at a hang-up.
        ended = MessageEnd.HANG_UP
        with suppress(NotSound, OSError):
            ended = MessageEnd.CUT if vault.repair(path) else ended
        heard = self.messages.heard(name, ended)
        if heard.ended is MessageEnd.EMPTY:
            if self.messages.is_silent(name):
                self.messages.forget(name)
            return False
        with transaction(self.factory) as session:
            expect_message(session, name, self.node, heard.seconds, found.changed_at, ended=heard.ended)
            call_id = call_of_message(name)
            if survey.is_of_survey(session, call_id):
                survey.keep_words(session, call_id, name, found.changed_at)
            else:
                self.callbacks.keep_message(session, call_id, name, heard.seconds, found.changed_at)
        log.info("message.brought", message=name, seconds=heard.seconds, ended=heard.ended)
        return True
