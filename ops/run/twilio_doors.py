"""The doors for Twilio as the settings open them."""

from control.passwords import secret
from hotline import clock
from ivr.prompts import Shelf
from ops.wiring import House
from web.messages import Reports
from web.sounds import Sounds
from web.twiml import Places
from web.voice import Voice

USER = "twilio"
"""The name under which Twilio comes to our Asterisk; its password is made by ourselves."""


def sounds_of(house: House) -> Sounds | None:
    """The prompts as Twilio fetches them; None unless all that a call over Twilio needs is set."""
    settings = house.settings
    needed = (
        settings.public_url,
        settings.twilio_account,
        settings.twilio_exchange,
        settings.twilio_operator,
    )
    if not all(needed) or not settings.twilio_secrets:
        return None
    return Sounds(Shelf(house.catalogue, settings.prompts, missing=house.shelf.missing), settings.public_url)


def voice_of(house: House, sounds: Sounds) -> Voice:
    """Door for calls over Twilio, which waits for the database only a moment, like every line."""
    settings = house.settings
    places = Places(
        settings.public_url,
        settings.twilio_exchange,
        USER,
        secret(settings, USER),
        sounds.addresses,
        sounds.names,
    )
    return Voice(
        house.twilio_calls,
        places,
        sounds,
        account=settings.twilio_account,
        operator=settings.twilio_operator,
        tokens=lambda: settings.twilio_secrets,
        now=clock.now,
    )


def reports_of(house: House) -> Reports | None:
    """Door for reports on SMS; None unless Twilio sends them and knows where to tell."""
    settings = house.settings
    if settings.sms_gateway != "twilio" or not settings.public_url:
        return None
    return Reports(
        house.factory,
        settings.public_url,
        settings.twilio_account,
        lambda: settings.twilio_secrets,
        clock.now,
    )
