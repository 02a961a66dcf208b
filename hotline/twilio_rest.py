"""Twilio's REST API as this house uses it; the only file that knows Twilio's client.

Two tokens are in force while one is exchanged for the next: a request refused with the first is made again
with the second. What Twilio says about a fault is kept, what it was told (numbers, texts) is not.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import requests
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import MaxRetryError, NewConnectionError

from hotline.errors import HotlineError
from hotline.settings import Settings

T = TypeVar("T")
PUBLIC_API: Final = "https://api.twilio.com"
NOT_ACCEPTED: Final = 401
"""The token is none of the account's."""
CHUNK: Final = 1 << 16
CURRENT: Final = "Twilio.CURRENT"
"""Twilio's word for the recording that goes on in a call."""
SILENT: Final = logging.Logger("twilio", logging.CRITICAL)
"""Twilio's client would log every address it asks for."""


class TwilioFault(HotlineError, code="twilio-fault", varies_by="why"):
    """A request that did not succeed.

    ``status`` is HTTP's and ``number`` that of Twilio's error (0 = there was no answer); ``detail`` names the
    fault of the line; ``may_be_done``: it left us, and nobody knows what became of it.
    """

    why: Literal["no-token", "refused", "no-answer", "no-sense"]
    status: int = 0
    number: int = 0
    detail: str = ""
    may_be_done: bool = False

    @property
    def is_final(self) -> bool:
        """Tell whether a repeat would be refused too: number or text is wrong, not the moment."""
        return self.status in (400, 422)

    @property
    def is_gone(self) -> bool:
        """Tell whether what was asked for is not there, or is over."""
        return self.is_final or self.status == HTTPStatus.NOT_FOUND


@dataclass(frozen=True, slots=True)
class TwilioNumber:
    """A telephone number of the account and the addresses Twilio asks for its calls."""

    sid: str
    number: str
    name: str
    voice_url: str
    voice_method: str
    voice_fallback_url: str
    voice_fallback_method: str
    status_callback: str
    status_callback_method: str


class Twilio:
    """One account. Every method raises TwilioFault and ends within some ``wait``."""

    def __init__(
        self, account: str, tokens: Callable[[], Sequence[str]], wait: timedelta, api: str = PUBLIC_API
    ) -> None:
        self._account, self._tokens, self._wait, self._api = account, tokens, wait, api

    def send_sms(self, to: str, text: str, sender: str, status_callback: str = "") -> str:
        """Hand over a message; its sid. ``sender`` is a number of ours or the sid of a messaging service."""
        origin = {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}
        more = {"status_callback": status_callback} if status_callback else {}
        return str(self._ask(lambda api: api.messages.create(to=to, body=text, **origin, **more).sid))

    def numbers(self) -> list[TwilioNumber]:
        """List every number of the account."""
        return self._ask(lambda api: [_number(found) for found in api.incoming_phone_numbers.list()])

    def number(self, number: str) -> TwilioNumber | None:
        """One number of the account, given in E.164."""
        found = self._ask(lambda api: api.incoming_phone_numbers.list(phone_number=number, limit=1))
        return _number(found[0]) if found else None

    def change_number(self, sid: str, changes: Mapping[str, str]) -> TwilioNumber:
        """Change what is named, by the names of ``TwilioNumber``; all else stays."""
        unknown = set(changes) - (set(TwilioNumber.__slots__) - {"sid", "number", "name"})
        if unknown:
            raise ValueError(f"not to be changed: {', '.join(sorted(unknown))}")
        return _number(self._ask(lambda api: api.incoming_phone_numbers(sid).update(**changes)))

    def save_recording(self, sid: str, path: Path) -> None:
        """Write a recording's wav file, with both channels if it has them. 404: not there, or not yet."""
        where = f"{self._api}/2010-04-01/Accounts/{self._account}/Recordings/{sid}.wav"
        fault = TwilioFault("no-token", status=NOT_ACCEPTED)
        for token in self._tokens():
            try:
                fault = self._save(where, token, path)
            except RequestException as error:
                fault = _fault(error)
            if fault.status != NOT_ACCEPTED:
                break
        if fault.status != HTTPStatus.OK:
            raise fault

    def _save(self, where: str, token: str, path: Path) -> TwilioFault:
        """Save the answer; 200 means that the file is written."""
        both, login = {"RequestedChannels": "2"}, (self._account, token)
        wait = self._wait.total_seconds()
        with requests.get(where, both, auth=login, timeout=wait, stream=True) as answer:
            if answer.status_code == HTTPStatus.OK:
                with path.open("wb") as file:
                    for piece in answer.iter_content(CHUNK):
                        file.write(piece)
            return TwilioFault("refused", status=answer.status_code)

    def delete_recording(self, sid: str) -> None:
        """Remove a recording there; one that is not there is removed."""
        try:
            self._ask(lambda api: api.recordings(sid).delete())
        except TwilioFault as fault:
            if fault.status != HTTPStatus.NOT_FOUND:
                raise

    def silence_recording(self, call: str, sid: str, *, silent: bool) -> None:
        """Keep silence, as long as it lasts, instead of what is said in a call; or what is said again."""
        change = {"status": "paused", "pause_behavior": "silence"} if silent else {"status": "in-progress"}
        self._ask(lambda api: api.calls(call).recordings(sid).update(**change))

    def stop_recording(self, call: str, sid: str) -> None:
        """End a recording; what was recorded until then can be fetched."""
        self._ask(lambda api: api.calls(call).recordings(sid).update(status="stopped"))

    def _ask(self, request: Callable[[Any], T]) -> T:
        fault = TwilioFault("no-token", status=NOT_ACCEPTED)
        for token in self._tokens():
            web = _Web(self._api, self._wait)
            client = Client(self._account, token, http_client=web)
            try:
                return request(client.api.v2010.account)
            except (TwilioException, RequestException) as error:
                fault = _fault(error)
            finally:
                web.close()
            if fault.status != NOT_ACCEPTED:
                break
        raise fault


class _Web(TwilioHttpClient):  # type: ignore[misc]
    """Asks at another address than Twilio's public one if told so: a region's, or a stand-in's."""

    def __init__(self, api: str, wait: timedelta) -> None:
        super().__init__(timeout=wait.total_seconds(), logger=SILENT)
        self._api = api.rstrip("/")

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Any:
        return super().request(method, url.replace(PUBLIC_API, self._api, 1), *args, **more)

    def close(self) -> None:
        if self.session:
            self.session.close()


def twilio_of(settings: Settings) -> Twilio:
    """The account that the settings name; its tokens are read anew for each request."""
    return Twilio(
        settings.twilio_account, lambda: settings.twilio_secrets, settings.twilio_wait, settings.twilio_api
    )


def _fault(error: Exception) -> TwilioFault:
    match error:
        case TwilioRestException():
            return TwilioFault("refused", error.status, error.code or 0, may_be_done=error.status >= 500)
        case TwilioServiceException():
            return TwilioFault("refused", error.status, error.code, may_be_done=error.status >= 500)
        case RequestException():
            return TwilioFault("no-answer", detail=type(error).__name__, may_be_done=not _never_left(error))
        case _:
            return TwilioFault("no-sense", detail=type(error).__name__, may_be_done=True)


def _never_left(error: RequestException) -> bool:
    """Tell whether no connection came about, so that nothing was asked."""
    inner = error.args[0] if error.args else None
    why = inner.reason if isinstance(inner, MaxRetryError) else inner
    return isinstance(error, ConnectTimeout) or (
        isinstance(error, NoConnection) and isinstance(why, NewConnectionError)
    )


def _number(found: Any) -> TwilioNumber:
    return TwilioNumber(
        found.sid,
        found.phone_number,
        *(str(value or "") for value in _values(found, TwilioNumber.__slots__[2:])),
    )


def _values(found: Any, names: Sequence[str]) -> Iterator[Any]:
    for name in names:
        yield getattr(found, "friendly_name" if name == "name" else name)
