"""Announcements that callers hear before the menu (V-03): switched, typed, recorded, dropped."""

from typing import Final

from pydantic import Base64Bytes, BaseModel, Field

from administration import announcements, bulletins
from hotline.permissions import Action
from ivr.numerals import Language
from web.api import gate, models
from web.api.gate import ANY_KEY, Answer, Room

room = Room("announcements", "What callers hear before the menu")
LARGEST: Final = 12 * 1024 * 1024
"""Bytes of a request with a recording: the longest that is taken has 8 MB before base64."""


class Announcement(BaseModel):
    """Announcement that every caller may hear before the menu (V-03)."""

    name: str
    text: str
    on: bool


Announcements = models.listing("Announcements", Announcement, "All that are recorded.")


class OwnAnnouncement(BaseModel):
    """Announcement of the call centre's own: who switches it on has listened to it on its page."""

    name: str
    texts: dict[Language, str]
    seconds: dict[Language, float]
    heard: bool = Field(description="by the login of this key, in each of its languages")


class TypedBody(models.RequestModel):
    """Words that are spoken; callers hear the Mandarin where their language has none."""

    texts: dict[Language, models.Text]


class RecordedBody(models.RequestModel):
    """Recording in Mandarin, and its words."""

    words: models.Text
    content: Base64Bytes = Field(description="WAV of 16 bits, 8 to 48 kHz, 1 to 40 seconds, in base64")


class Switch(models.RequestModel):
    """Which announcement, on or off."""

    name: models.Name
    on: bool


@room.read("/announcements", ANY_KEY, Announcements)
def listed_announcements() -> Answer:
    """List the announcements before the menu, on or off."""
    return Answer(_announced(bulletins.heard(gate.house().bulletins)))


@room.act("/announcements", Action.BULLETIN_SWITCH, Announcements)
def switch_announcement(body: Switch) -> Answer:
    """Switch an announcement on or off; calls hear it within a second."""
    house = gate.house()
    on = bulletins.switch(
        gate.factory(),
        house.catalogue,
        house.bulletins,
        body.name,
        body.on,
        **gate.stamp(),
        own=house.announcements,
    )
    return Answer(_announced(on))


@room.act("/announcements/typed", Action.BULLETIN_SWITCH, OwnAnnouncement, 201)
def type_announcement(body: TypedBody) -> Answer:
    """Speak an announcement; it takes some seconds, and is off."""
    return _own(announcements.speak(gate.factory(), gate.house().announcements, body.texts, **gate.stamp()))


@room.act("/announcements/recorded", Action.BULLETIN_SWITCH, OwnAnnouncement, 201, largest=LARGEST)
def record_announcement(body: RecordedBody) -> Answer:
    """Take an announcement that somebody has recorded; it is off."""
    own = gate.house().announcements
    return _own(announcements.record(gate.factory(), own, body.words, body.content, **gate.stamp()))


@room.act("/announcements/<name>/drop", Action.BULLETIN_SWITCH, Announcements)
def drop_announcement(path: models.NamePath) -> Answer:
    """Remove an announcement of the call centre's own that is off."""
    house = gate.house()
    announcements.drop(gate.factory(), house.announcements, house.bulletins, path.name, **gate.stamp())
    return Answer(_announced(bulletins.heard(house.bulletins)))


def _own(name: str) -> Answer:
    one = announcements.known(gate.house().announcements, name)
    return Answer(
        OwnAnnouncement(
            name=name,
            texts=dict(one.texts),
            seconds=dict(one.seconds),
            heard=one.was_heard_by(gate.me().login),
        ),
        201,
    )


def _announced(on: tuple[str, ...]) -> BaseModel:
    recorded = bulletins.recorded(gate.house().catalogue).items()
    return Announcements(items=[Announcement(name=name, text=text, on=name in on) for name, text in recorded])
