"""Lines for another system over HTTPS, to a certificate that is checked, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

import requests
from requests import RequestException

from hotline.errors import HotlineError
from hotline.outbox.message import Letter, NotSent

LATER: Final = frozenset(
    (
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    )
)
"""Answers that are no fault of the line: what is amiss would keep every other back too."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where lines go; ``token`` is read anew for each, ``authority``: its CA, if private."""

    url: str
    token: Callable[[], str]
    wait: timedelta
    authority: Path | None = None


class HttpsPush:
    """Posts each line by itself. The same line has the same text however often it is sent."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def send(self, letter: Letter) -> str:
        """The status of the answer, once the receiver has taken the line. Raises NotSent."""
        one = self._receiver
        try:
            told = {"Authorization": f"Bearer {one.token()}", "Content-Type": "application/json"}
            with requests.Session() as web:
                web.trust_env = False  # neither another's password nor another's proxy
                posted = web.post(
                    one.url,
                    letter.text.encode(),
                    headers=told,
                    timeout=one.wait.total_seconds(),
                    verify=str(one.authority) if one.authority else True,
                    allow_redirects=False,
                    stream=True,  # the words of the answer are not read
                )
                with posted as answer:
                    status = answer.status_code
        except (RequestException, OSError) as error:
            raise NotSent(f"receiver is away ({type(error).__name__})", gateway_away=True) from error
        except HotlineError as error:
            raise NotSent(str(error), gateway_away=True) from error
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return str(status)
        refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in LATER
        raise NotSent(f"receiver answers {status}", for_good=refused, gateway_away=not refused)
