"""Twilio as its documents say, without Twilio: performs our documents and reports by signed webhooks.

``<Gather>`` ends at its number of digits, at its key or after silence, is cut by the first key, and reports
an empty result only if it is told to; ``<Record>`` reports no empty recording but goes on with the document;
``<Dial>`` reports its status when the other side is gone, and a REFER of the other side in its place; a
document that does not come within 15 seconds, is no document or has another status than 2xx is replaced by
the fallback's. What needs somebody (a key, a phone, an agent) waits for the player's user.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree.ElementTree import Element, ParseError, fromstring

from web.signatures import FORM, SIGNATURE, signature

TIME_OUT: Final = 15.0
NO_ANSWER: Final = "11200"
NO_DOCUMENT: Final = "12100"
SIDS: Final = count(1)


@dataclass(frozen=True)
class Answer:
    """What a web server said, after so many seconds."""

    status: int
    text: str
    seconds: float = 0.0


Post = Callable[[str, str, Mapping[str, str]], Answer]
"""(address, body, headers) to the answer."""


class Unexpected(AssertionError):
    """The document asks for what Twilio does not do."""


@dataclass
class Leg:
    """A phone that rings: its address or number, attributes of its noun and what is played to who answers."""

    sid: str
    to: str
    attributes: Mapping[str, str]
    whispered: list[str] = field(default_factory=list)
    sequence: int = 0


def new_sid(kind: str = "CA") -> str:
    return f"{kind}{next(SIDS):032x}"


ACCOUNT: Final = "AC" + "0" * 32
"""The account that signs."""


class Player:
    """One call of one number; ``now`` is the time Twilio puts into its news.

    ``elapsed``: seconds listened to since the answer, by the length of each sound (``seconds``); a key is
    pressed at a question's first words.
    """

    def __init__(
        self,
        post: Post,
        token: str,
        *,
        voice_url: str,
        fallback: str,
        status_callback: str,
        now: Callable[[], datetime],
        sid: str = "",
    ) -> None:
        self._post, self._token, self._now = post, token, now
        self.seconds: Callable[[str], float] = lambda _sound: 0.0
        self.elapsed = 0.0
        self._voice_url, self._fallback, self._status_callback = voice_url, fallback, status_callback
        self.sid = sid or new_sid()
        self.form: dict[str, str] = {}
        self.heard: list[str] = []
        self.documents: list[str] = []
        self.recording = False
        self.waits_for: Element | None = None
        self.leg: Leg | None = None
        self.over, self.fell_back = False, ""
        self._rest: Iterator[Element] = iter(())

    # --- what the caller and others do ------------------------------------------------------------------

    def call(self, caller: str, dialled: str) -> None:
        """The call comes in; Twilio asks for the first document."""
        self.form = {
            "CallSid": self.sid,
            "From": caller,
            "To": dialled,
            "CallStatus": "ringing",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
        }
        self._fetch(self._voice_url, {})

    def press(self, keys: str) -> None:
        """Keys in a ``<Gather>``; what was being played ends at the first."""
        gather = self._waiting("Gather")
        ends = gather.get("finishOnKey", "#")
        most = int(gather.get("numDigits", "1000"))
        digits = ""
        for key in keys:
            if key == ends:
                break
            digits += key
            if len(digits) == most:
                break
        self._gathered(gather, digits)

    def say_nothing(self) -> None:
        """The time of a ``<Gather>`` passes after the last word."""
        gather = self._waiting("Gather")
        self.elapsed += sum(self.seconds(play.text or "") for play in gather) + float(
            gather.get("timeout", "5")
        )
        self._gathered(gather, "")

    def speak(self, seconds: float, key: str = "") -> None:
        """Something is said after the tone, until silence or a key."""
        self._recorded(seconds, key)

    def stay_silent(self) -> None:
        """Nothing is recorded: the document goes on."""
        self._waiting("Record")
        self._perform()

    def hang_up(self) -> None:
        """The caller is gone; a recording is reported still, then the end of the call."""
        what, self.form["CallStatus"] = self.waits_for, "completed"
        if what is not None and what.tag == "Record":
            self._recorded(3.0, "hangup")
        elif what is not None and what.tag == "Dial":
            self._leg_ends("canceled" if self.leg and self.leg.sequence < 3 else "completed")
            self._fetch(what.get("action", ""), {"DialCallStatus": "completed", "DialCallSid": new_sid()})
        self._ended()

    def begins_to_ring(self) -> None:
        """News that the other side is being rung, while nothing more is known."""
        self._tell(self._leg(), "initiated")

    def dial_ends(self, status: str, code: str = "", *, rings: bool = True) -> None:
        """The other side was rung, or talked, and is gone: ``DialCallStatus``, and SIP's answer."""
        dial = self._waiting("Dial")
        leg = self._leg()
        if rings:
            self._tell(leg, "initiated")
            if status in ("completed", "no-answer", "busy"):
                self._tell(leg, "ringing")
            if status == "completed":
                self._tell(leg, "in-progress")
        self._leg_ends(status, code)
        told = {"DialCallStatus": status, "DialCallSid": leg.sid}
        if leg.to.startswith("sip:"):
            told["DialSipResponseCode"] = code or "200"
        self._fetch(dial.get("action", ""), told)

    def refer(self, target: str) -> None:
        """The other side, an exchange, refers the call:
        its leg ends, and the document is the answer to that.
        """
        dial = self._waiting("Dial")
        if not dial.get("referUrl"):
            raise Unexpected("13802: no referUrl")
        if len(target) > 256:
            raise Unexpected("a Refer-To of more than 256 characters")
        self._fetch(dial.get("referUrl", ""), {"ReferTransferTarget": f"<{target}>"})

    # --- what Twilio does ---------------------------------------------------------------------------------

    def request(self, url: str, fields: Mapping[str, str], form: Mapping[str, str] | None = None) -> Answer:
        """One signed webhook."""
        sent = {"AccountSid": ACCOUNT, **(self.form if form is None else form), **fields}
        headers = {SIGNATURE: signature(self._token, url, list(sent.items())), "Content-Type": FORM}
        return self._post(url, urlencode(sent), headers)

    def _fetch(self, url: str, fields: Mapping[str, str]) -> None:
        answer = self.request(url, fields)
        error = NO_ANSWER if answer.seconds > TIME_OUT or not 200 <= answer.status < 300 else ""
        text = answer.text
        if not error:
            try:
                root = fromstring(text)
            except ParseError:
                error = NO_DOCUMENT
        if error:
            self.fell_back, text = error, self._fallback
            root = fromstring(text)
        if root.tag != "Response":
            raise Unexpected(f"12102: {root.tag}")
        self.documents.append(text)
        self.heard, self._rest = [], iter(list(root))
        if self.form["CallStatus"] == "ringing":
            self.form["CallStatus"] = "in-progress"
        self._perform()

    def _perform(self) -> None:
        """Verb by verb, until one waits for somebody or none is left."""
        self.waits_for = self.leg = None
        if self.form["CallStatus"] == "completed":
            return
        for verb in self._rest:
            match verb.tag:
                case "Play" | "Say":
                    self.heard.append(verb.text or "")
                    self.elapsed += self.seconds(verb.text or "")
                case "Start":
                    self.recording = True
                case "Gather":
                    self.heard += [play.text or "" for play in verb]
                    self.waits_for = verb
                    return
                case "Record" | "Dial":
                    self.waits_for = verb
                    if verb.tag == "Dial":
                        self._ring(verb)
                    return
                case "Redirect":
                    return self._fetch(verb.text or "", {})
                case "Hangup":
                    return self._ended()
                case _:
                    raise Unexpected(f"no verb of ours: {verb.tag}")
        self._ended()

    def _ring(self, dial: Element) -> None:
        nouns = list(dial)
        if len(nouns) != 1 or nouns[0].tag not in ("Sip", "Number"):
            raise Unexpected("a Dial that rings anything but one phone")
        if dial.get("sequential"):
            raise Unexpected("Twilio's own order of phones")
        noun = nouns[0]
        self.leg = Leg(new_sid(), noun.text or "", dict(noun.attrib))
        if url := noun.get("url"):
            root = fromstring(self.request(url, {"CallSid": self.leg.sid}).text)
            if [verb.tag for verb in root] != ["Play"] * len(root):
                raise Unexpected("who answers may only be played to")
            self.leg.whispered = [verb.text or "" for verb in root]

    def _gathered(self, gather: Element, digits: str) -> None:
        if digits or gather.get("actionOnEmptyResult") == "true":
            return self._fetch(gather.get("action", self._voice_url), {"Digits": digits})
        self._perform()

    def _recorded(self, seconds: float, key: str) -> None:
        record = self._waiting("Record")
        sid = new_sid("RE")
        told = {
            "RecordingSid": sid,
            "RecordingUrl": f"https://api.twilio.com/{sid}",
            "RecordingDuration": f"{max(1, round(seconds))}",
        }
        self._fetch(record.get("action", ""), told | ({"Digits": key} if key else {}))
        if callback := record.get("recordingStatusCallback"):
            self.request(callback, {**told, "RecordingStatus": "completed", "RecordingChannels": "1"})

    def _tell(self, leg: Leg, status: str, **more: str) -> None:
        """News of a leg, in order, if they are wanted."""
        wanted = {"in-progress": "answered", "initiated": "initiated", "ringing": "ringing"}
        if (url := leg.attributes.get("statusCallback")) and (
            wanted.get(status, "completed") in leg.attributes.get("statusCallbackEvent", "completed").split()
        ):
            form = {
                "CallSid": leg.sid,
                "ParentCallSid": self.sid,
                "CallStatus": status,
                "To": leg.to,
                "Direction": "outbound-dial",
                "CallbackSource": "call-progress-events",
                "SequenceNumber": str(leg.sequence),
                "Timestamp": format_datetime(self._now()),
                **more,
            }
            self.request(url, {}, form)
            leg.sequence += 1

    def _leg_ends(self, status: str, code: str = "") -> None:
        if self.leg:
            self._tell(self.leg, status, **({"SipResponseCode": code} if code else {}), CallDuration="3")

    def _ended(self) -> None:
        if self.over:
            return
        self.over, self.waits_for, self.leg = True, None, None
        self.form["CallStatus"] = "completed"
        told = {
            "CallDuration": "12",
            "SequenceNumber": "0",
            "CallbackSource": "call-progress-events",
            "Timestamp": format_datetime(self._now()),
        }
        self.request(self._status_callback, told)

    def _waiting(self, tag: str) -> Element:
        if self.waits_for is None or self.waits_for.tag != tag:
            raise Unexpected(f"nobody waits for {tag}: {self.documents[-1]}")
        return self.waits_for

    def _leg(self) -> Leg:
        assert self.leg is not None
        return self.leg


def header(address: str, name: str) -> str:
    """One of the headers that a SIP address carries."""
    return parse_qs(urlsplit(address.replace("sip:", "sip://", 1)).query).get(name, [""])[0]


def seconds_of(text: str) -> timedelta:
    """An attribute that is a number of seconds."""
    return timedelta(seconds=int(text))
