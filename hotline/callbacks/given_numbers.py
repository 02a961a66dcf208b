"""Numbers that callers key in instead of their own, looked up while they wait."""

from datetime import datetime

import structlog

from hotline.callbacks.ownership import place_of
from hotline.callbacks.service import Callbacks
from hotline.callbacks.wishes import GivenNumberRefusal, Wish
from hotline.db import Sessions, is_away, looking
from hotline.numbers import ANONYMOUS, e164

log = structlog.get_logger()


class GivenNumbers:
    """Numbers keyed in by callers instead of their own; looked up live, accepted if the database is away."""

    def __init__(self, factory: Sessions, callbacks: Callbacks) -> None:
        self._factory, self._callbacks = factory, callbacks

    def refused(self, caller: str, number: str, asked: str, at: datetime) -> GivenNumberRefusal | None:
        """Reason why it is not taken; ``asked`` is the extension that the caller wanted."""
        try:
            with looking(self._factory) as session:
                place, by = place_of(session, asked, at), e164(caller) if caller else ANONYMOUS
                return self._callbacks.given(session, Wish(e164(number), "", "", place, given_by=by), at)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("callback.given_unlooked", why=str(error).partition("\n")[0])
            return None
