"""Asterisk's configuration: the templates of ``ivr/dialplans/asterisk`` rendered into HOTLINE_HOME.

Delimiters are ``<< >>`` and ``<% %>``, since Asterisk's own ``${}`` and ``{}``
stay as they are; a name that is not known is an error, never empty text.
"""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from control import supervisors
from control.ami import ManagerAccount
from control.citizen_webrtc import account_key, secrets_at
from control.node_states import entity
from control.passwords import secret
from control.presence import penalty
from control.sip_publish import ACCOUNT
from hotline import clock
from hotline.networks import is_loopback
from hotline.numbers import EMERGENCY, EXTENSION_PATTERNS
from hotline.settings import Settings
from hotline.settings.kinds import CHECKOUT
from hotline.staff.agent_state import BREAKS, OFF_DUTY
from hotline.staff.browsers import is_browser
from hotline.staff.store import Agent
from ivr.catalogue import Catalogue
from ivr.engine import GREETING
from ivr.menus import Goto, parse, read_sources
from ivr.numerals import Language
from ivr.promising import NUMBER_DIGITS, NUMBER_TRIES
from ivr.spoken import LAST_POSITION
from ivr.waiting import HOLD_SECONDS
from ops.pbx import certificate
from ops.pbx.files import replace
from ops.pbx.home import AsteriskHome

TEMPLATES = CHECKOUT / "ivr" / "dialplans" / "asterisk"
FIRST_SLICE = 2
"""Seconds of music before a place is told at first; one could be over before a phone is rung."""
REALM: Final = "hotline"
"""Of telephones' passwords: what Asterisk calls itself when it asks for one."""
TELEPHONES = "pjsip.conf"
"""Who may register and be rung; it changes while Asterisk runs."""
CODECS: Final = ("ulaw", "alaw", "g722")
OPUS: Final = ("codec_opus_open_source", "codec_opus")
"""Modules that speak opus, as packagers name them; an Asterisk may have none."""
SUPERVISORS = "supervisors.conf"
"""Who of the supervisors is rung: changes with it, and Asterisk reads it anew by itself."""


def write(
    home: AsteriskHome, agents: Sequence[Agent], listeners: Mapping[str, str] | None = None
) -> list[str]:
    """Render every template into HOTLINE_HOME/asterisk/etc; the names of those that changed.

    ``listeners`` are the accounts of supervisors' pages, SIP user to password.
    """
    home.prepare()
    facts = _facts(home, agents, listeners)
    changed = certificate.write(home.settings, home.etc, clock.now())
    for template in sorted(path.name for path in TEMPLATES.glob("*.conf")):
        if replace(home.etc / template, render(template, facts)):
            changed.append(template)
    _link(home.root / "documentation", home.program.documentation / "documentation")
    return changed


def write_telephones(
    home: AsteriskHome, agents: Sequence[Agent], listeners: Mapping[str, str], pages: Mapping[str, str]
) -> None:
    """Render of all that ``write`` renders what changes while Asterisk runs: the telephones.

    ``pages``: agents' phones that are a page now, each with its password.
    """
    facts = _facts(home, agents, listeners) | {"browsers": pages}
    for template in (TELEPHONES, SUPERVISORS):
        replace(home.etc / template, render(template, facts))


def render(template: str, facts: dict[str, Any]) -> str:
    """Render one file. Raises jinja2.UndefinedError for a name without a value."""
    return templates_in(TEMPLATES, finalize=_checked).get_template(template).render(facts)


def rendered_dialplan(settings: Settings) -> str:
    """The dialplan as it would be installed, with plain paths."""
    return render("extensions.conf", _plain(settings))


def templates_in(folder: Path, finalize: Callable[[Any], Any] | None = None) -> Environment:
    """Templates of configuration files; each value passes ``finalize``, or the caller has checked it."""
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        finalize=finalize,
    )


def _checked(value: Any) -> Any:
    """Refuse a value that ends its line or begins a comment: it could add configuration of its own."""
    text = str(value)
    if any(character in text for character in "\n\r\0;"):
        raise ValueError(f"{text!r} cannot stand in Asterisk's configuration")
    return value


def _plain(settings: Settings) -> dict[str, Any]:
    return {
        "settings": settings,
        "there": supervisors.THERE,
        "emergency_ring": round(supervisors.LONGEST_RING.total_seconds()),
        "languages": tuple(Language),
        "greeting": "&".join(f"hotline/{prompt.language}/{prompt.id}" for prompt in GREETING.prompts),
        "language_menu": _language_menu(),
        "first_slice": FIRST_SLICE,
        "hold_seconds": HOLD_SECONDS,
        "last_position": LAST_POSITION,
        "emergency": EMERGENCY,
        "extensions": EXTENSION_PATTERNS,
        "number_digits": NUMBER_DIGITS,
        "number_tries": NUMBER_TRIES,
        "breaks": BREAKS,
        "off_duty": OFF_DUTY,
        "recordings": settings.recordings,
        "messages": settings.messages,
        "cel": settings.cel,
        "visitor_key": "",
    }


def _language_menu() -> dict[str, Any]:
    """The first menu as it is shipped: what the dialplan asks by itself when nobody decides."""
    menus, spoken = parse(read_sources()), Catalogue.load().spoken_languages
    first = menus.menus[menus.first]
    said = [f"hotline/{key.say.language or Language.MANDARIN}/{key.say.id}" for key in first.keys if key.say]
    wanted = [(key.press, key.choice.language) for key in first.keys if isinstance(key.choice, Goto)]
    choices = [(key, one, one if one in spoken else Language.MANDARIN) for key, one in wanted if one]
    return {"sounds": "&".join(said), "seconds": first.seconds, "choices": choices}


def _facts(
    home: AsteriskHome, agents: Sequence[Agent], listeners: Mapping[str, str] | None
) -> dict[str, Any]:
    settings = home.settings
    opus = next((one for one in OPUS if (home.program.modules / f"{one}.so").exists()), "")
    return _plain(settings) | {
        "opus": opus,
        "codecs": ",".join((*CODECS, *(("opus",) if opus else ()))),
        "root": home.root,
        "run": home.run,
        "etc": home.etc,
        "modules": home.program.modules,
        "media_address": "" if settings.sip_address in ("0.0.0.0", "::") else settings.sip_address,
        "realm": REALM,
        "digest": phone_digest,
        "entity": entity(settings.node),
        "aors": lambda phone: f"{phone}-edge,{phone}" if settings.edge_phones else phone,
        "manager_peers": (settings.ami_address, *settings.ami_peers)
        if not is_loopback(settings.ami_address)
        else (),
        "manager": {account: account.secret(settings) for account in ManagerAccount},
        "citizen_secret": secret(settings, "citizen"),
        "visitor_secrets": secrets_at(settings, clock.now()),
        "strangers_secret": secret(settings, "strangers"),
        "visitor_key": account_key(settings),
        "twilio_secret": secret(settings, "twilio"),
        "states": ACCOUNT,
        "states_secret": secret(settings, ACCOUNT),
        "agents": agents,
        "browsers": {agent.phone: agent.browser_secret for agent in agents if is_browser(agent, clock.now())},
        "supervisors": _supervisors(settings, agents),
        "listeners": listeners or {},
        "supervisor_devices": supervisors.devices,
        "penalty": penalty,
    }


def phone_digest(user: str, password: str) -> str:
    """What Asterisk is told of a telephone's password: it knows it by that, and the file does not tell it."""
    told = hashlib.md5(f"{user}:{REALM}:{password}".encode(), usedforsecurity=False).hexdigest()
    return f"MD5:{told}"


def _supervisors(settings: Settings, agents: Sequence[Agent]) -> list[tuple[str, str]]:
    """Phones and passwords; one that is an agent's too has its account already."""
    others = {agent.phone for agent in agents}
    return [(phone, secret(settings, phone)) for phone in settings.supervisors if phone not in others]


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and Path(os.readlink(link)) == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target)
