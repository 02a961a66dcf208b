"""Twilio as a line of a scene: the player performs our documents,
and a scene's events become what it reports.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element

from flask import Flask

from agi_scripts import variables as v
from hotline.numbers import ANONYMOUS, e164, national
from ivr import limits
from ivr.steps import (
    Arrived,
    Event,
    HungUp,
    Left,
    MessageLeft,
    Pressed,
    QueueLeft,
    RingEnded,
    Silent,
    TransferWanted,
)
from recordings.policy import MessageEnd
from tests.turns.channel import V_16, Channel
from tests.turns.rows import Hour
from tests.turns.scene import Performed
from tests.twiml_player import Answer, Leg, Player, header, seconds_of
from transfer.outcome import DialOutcome
from web.twilio_numbers import to_a_human
from web.twiml import ENDS, FRONT, KEPT, LISTED, PHONE, QUEUE_PREFIX, THERE

BASE: Final = "https://voice.example.gov.tw"
EXCHANGE: Final = "sip.example.gov.tw:5060"
TOKEN: Final = "f" * 32
OPERATOR: Final = "+886229603456"
NUMBER: Final = "+886277001999"
HIDDEN: Final = "+266696687"
DIALS: Final = {
    DialOutcome.ANSWERED: ("completed", "200"),
    DialOutcome.BUSY: ("busy", "486"),
    DialOutcome.NO_ANSWER: ("no-answer", "487"),
    DialOutcome.UNREACHABLE: ("failed", "480"),
    DialOutcome.REFUSED: ("failed", "603"),
    DialOutcome.FAILED: ("failed", "503"),
}


class TwilioLine:
    """``ending``: why the line was told to hang up, which no document says."""

    def __init__(self, app: Flask, hour: Hour, ending: Callable[[str], str]) -> None:
        self._client, self._hour, self._ending = app.test_client(), hour, ending
        self._visit: tuple[Leg, Channel] | None = None
        self._rung_at = hour.at
        self.player = Player(
            self.post,
            TOKEN,
            voice_url=f"{BASE}/twilio/voice",
            fallback=to_a_human(OPERATOR),
            status_callback=f"{BASE}/twilio/voice/status",
            now=lambda: self._hour.at,
        )

    @property
    def unique_id(self) -> str:
        """The call's name."""
        return self.player.sid

    def post(self, url: str, body: str, headers: Mapping[str, str]) -> Answer:
        """Through the Flask door, as a proxy would hand it on."""
        answer = self._client.post(url.removeprefix(BASE), data=body, headers=dict(headers))
        return Answer(answer.status_code, answer.text)

    def report(self, event: Event) -> Performed:
        """A visit to our Asterisk whose time is over ends there;
        else what happened is told of by a webhook.
        """
        self._hour.at = event.at
        if (channel := self.channel) and channel.deadline and channel.deadline.at <= event.at:
            channel.sees(limits.Passed(event.at))
            return self._over()
        self._do(event)
        self._rung_at = event.at
        told = self.hears_to_the_end()
        done = self.performed()
        done.heard = [*told, *done.heard]
        return done

    def hears_to_the_end(self) -> list[str]:
        """An information, if one is played, and the caller presses nothing; its question comes behind it."""
        gather = self.player.waits_for
        if gather is None or gather.get("actionOnEmptyResult") != "false":
            return []
        told = [f"hotline/{name_of(sound)}" for sound in self.player.heard]
        self.player.say_nothing()
        return told

    def talks(self, event: limits.Event) -> Performed | None:
        """With a phone of our Asterisk; with an outside number only the time is watched, by Twilio,
        from its answer (at once).
        """
        self._hour.at = event.at
        if channel := self.channel:
            said = channel.sees(event)
            return self._over() if channel.over else Performed(said, "", "", False) if said else None
        dial = self.player.waits_for
        assert dial is not None and isinstance(event, limits.Passed), event
        if (limit := dial.get("timeLimit")) is None or (end := self._rung_at + seconds_of(limit)) > event.at:
            return None
        self._hour.at = end
        self.player.dial_ends("completed")
        return self.performed()

    def _over(self) -> Performed:
        self._refer("ended")
        done = self.performed()
        return Performed([V_16, *done.heard], done.doing, done.detail, done.recording)

    @property
    def channel(self) -> Channel | None:
        """That of the visit which the call pays our Asterisk now, told of what the visit before has left."""
        leg = self.player.leg
        if leg is None or not leg.to.startswith("sip:"):
            return None
        if self._visit is None or self._visit[0] is not leg:
            channel = Channel.of(header(leg.to, KEPT), header(leg.to, ENDS), self._hour.at)
            channel.listed = int(header(leg.to, LISTED) or 0)
            self._visit = leg, channel
        return self._visit[1]

    def _do(self, event: Event) -> None:
        player, at = self.player, event.at
        match event:
            case Arrived(_, caller, _):
                number = e164(caller)
                player.call(HIDDEN if number == ANONYMOUS else number, NUMBER)
            case Pressed(_, keys) if player.waits_for is not None and player.waits_for.tag == "Gather":
                player.press(f"{keys}#")
            case Pressed(_, keys):
                self._refer("key", keys)
            case Silent():
                player.say_nothing()
            case QueueLeft(by_officer=True) | RingEnded(by_officer=True):
                self._refer("talked", "officer")
            case QueueLeft(promised=datetime() as promised):
                self._refer("promised", f"{promised.timestamp():.0f}")
            case QueueLeft(_, Left.TALKED):
                player.dial_ends("completed")
            case QueueLeft(_, Left.SLICE, position, agents, _, free):
                self._refer("slice", str(position), str(agents), str(free))
            case QueueLeft(_, why):
                self._refer(why.value)
            case TransferWanted(_, extension, by, urgent, reason):
                self._refer("transfer", extension, by, "yes" if urgent else "no", reason)
            case RingEnded(_, _, datetime() as promised):
                self._refer("promised", f"{promised.timestamp():.0f}")
            case RingEnded(_, status):
                said, code = DIALS[status]
                player.dial_ends(said, code)
            case MessageLeft(ended=MessageEnd.EMPTY):
                player.stay_silent()
            case MessageLeft(_, _, seconds, ended):
                player.speak(seconds, "#" if ended is MessageEnd.KEY else "")
            case HungUp():
                player.hang_up()
        assert player.form["CallStatus"] != "ringing", at

    def _refer(self, *words: str) -> None:
        assert self.channel is not None
        self.channel.seen_at = self._hour.at
        self.player.refer(f"sip:{'.'.join((*words, *self.channel.left))}@{EXCHANGE}")

    def performed(self) -> Performed:
        """What Twilio does now, in the words of scenes."""
        heard = [f"hotline/{name_of(sound)}" for sound in self.player.heard]
        recording, waits_for = self.player.recording, self.player.waits_for
        if waits_for is None:
            return Performed(heard, "end", self._ending(self.player.sid), recording)
        if waits_for.tag == "Gather":
            detail = f"{waits_for.get('numDigits')} {waits_for.get('timeout')}"
            return Performed(heard, "ask", detail, recording)
        if waits_for.tag == "Record":
            name = parse_qs(urlsplit(waits_for.get("recordingStatusCallback", "")).query)["of"][0]
            return Performed(heard, "message", f"{name} {waits_for.get('maxLength')}", recording)
        return self._dialling(waits_for, heard, recording)

    def _dialling(self, dial: Element, heard: list[str], recording: bool) -> Performed:
        leg, timeout = self.player.leg, dial.get("timeout", "")
        assert leg is not None
        user, listed = leg.to.removeprefix("sip:").partition("@")[0], header(leg.to, LISTED)
        if user.startswith(QUEUE_PREFIX):
            heard = [*heard, *filter(None, header(leg.to, THERE).split("&"))]
            front = v.YES if header(leg.to, FRONT) == "yes" else ""
            language = user.removeprefix(QUEUE_PREFIX)
            return Performed(heard, "queue", language, recording, front, listed=listed)
        label = parse_qs(urlsplit(leg.attributes["statusCallback"]).query)["rung"][0]
        if label.startswith("agent/"):
            return Performed(heard, "agent", header(leg.to, PHONE), recording, timeout, listed=listed)
        keys = leg.attributes.get("sendDigits", "").removeprefix("ww")
        target = f"officers/{user}" if leg.to.startswith("sip:") else f"outside/{national(leg.to)}/{keys}"
        whispered = "&".join(name_of(sound) for sound in leg.whispered)
        return Performed(heard, "ring", target, recording, timeout, whispered, label, listed=listed)


def name_of(sound: str) -> str:
    """``zh-TW/V-01`` for the address of that file; what Twilio says itself stays."""
    _, found, rest = sound.partition("/twilio/prompts/")
    return rest.partition("/")[2].removesuffix(".wav") if found else sound
