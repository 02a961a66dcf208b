"""Three links into the fictional city, for one browser of this machine: a citizen, an agent, a supervisor.

They sign people of that city in without a password. So there is one guard, asked at every request, and
it is shut unless each of these holds: every address of the installation is loopback and no proxy of
ours is declared; everybody of the staff is of the fictional city; the request came from this machine to
one of the three addresses by name, with no trace of a proxy; and it brings the key, which only this
installation's owner can read. Who else has an account on the machine reaches the addresses, and without
the key sees a page that is not there. What they began ends with the first real person. The product's
own wheel holds none of this.
"""

import hmac
import secrets
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

import structlog
from flask import Request, Response, abort, request
from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

from control.passwords import secret
from demo.seed import is_fictional
from demo.trial_sessions import BY_LINK, end_in_real_city, is_by_link
from hotline import metrics
from hotline.accounts.seconds import digest
from hotline.accounts.store import SessionRow
from hotline.keys.columns import ring_of
from hotline.ledger.audit import audit
from hotline.networks import is_loopback
from hotline.outbox.senders import files_of
from hotline.outbox.service import letter_of, shown_text
from hotline.outbox.store import OutboxMessage
from hotline.outbox.templates import templates
from hotline.permissions import Action, Role
from hotline.settings import Settings
from hotline.staff.service import staff
from web.console import browser
from web.console.answers import redirect_to, render
from web.console.gate import Everyone, Pages, address, now, read_session, write_session
from web.console.language import either

log = structlog.get_logger()
HERE: Final = "127.0.0.1"
"""Address at which the pages listen, and a citizen calls."""
KEY: Final = "demo-entrance"
"""Name of the secret that the links carry."""
TRACES: Final = frozenset(
    ("Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip")
)
"""Headers that proxies add, beside all ``X-Forwarded-…``."""


@dataclass(frozen=True)
class Persona:
    """Somebody of the fictional city, their page, and the address that keeps their session apart."""

    login: str
    role: Role
    address: str
    page: str
    chinese: tuple[str, str]
    english: tuple[str, str]


PERSONAS: Final = {
    "agent": Persona(
        "agent-1",
        Role.AGENT,
        "127.0.0.2",
        "/desk",
        ("話務人員", "按「用這個瀏覽器上線」，就接得到民眾的電話。"),
        ("An agent", 'Press "Sign on with this browser", and the citizen\'s call rings there.'),
    ),
    "supervisor": Persona(
        "supervisor-1",
        Role.SUPERVISOR,
        "127.0.0.3",
        "/board",
        ("督導", "看板上看得到誰在等候、誰在通話。"),
        ("A supervisor", "The board shows who waits and who talks."),
    ),
}
MESSAGES: Final = 50
NOTED: Final = 120
"""Characters of a browser's name that are kept."""


def is_alone(settings: Settings) -> bool:
    """Tell whether all addresses of an installation are this machine's own, and nothing outside leads to
    it.
    """
    listens = (settings.sip_address, settings.agi_address, settings.web_address)
    asked = (*(trunk.contact for trunk in settings.trunks), settings.officers_contact)
    known = (*listens, *settings.carriers, *(one.rpartition(":")[0] for one in asked))
    outside = (
        settings.console_url,
        settings.browser_url,
        settings.public_url,
        settings.twilio_account,
        settings.twilio_match,
        settings.smtp_host,
        settings.console_hops,
        make_url(settings.database).host,
    )
    return settings.console_address == HERE and all(map(is_loopback, known)) and not any(outside)


def came_directly(asked: Request, settings: Settings, at: str) -> bool:
    """Tell whether a browser of this machine asked at this address by itself: no proxy, no other name of
    it.
    """
    port = settings.console_port
    return (
        is_loopback(asked.remote_addr or "")
        and asked.headers.get("Host") == f"{at}:{port}"
        and asked.environ.get("SERVER_PROTOCOL") == "HTTP/1.1"
        and not any(name in TRACES or name.startswith("X-Forwarded") for name in asked.headers.keys())
    )


@dataclass(frozen=True)
class Entrance:
    """The links of an installation that is alone; ``addresses``: those that no other program listens at."""

    settings: Settings
    addresses: Sequence[str]

    @cached_property
    def pages(self) -> Pages:
        """The page with the links, and what they lead to."""
        pages = Pages("demo")
        pages.template_folder = str(Path(__file__).parent / "templates")

        @pages.read("/demo/<key>", Everyone.PUBLIC)
        def links(key: str) -> Response:
            return self.links(key)

        @pages.read("/demo/<key>/telephone", Everyone.PUBLIC)
        def telephone(key: str) -> Response:
            return self.telephone(key)

        @pages.read("/demo/<key>/<who>", Everyone.PUBLIC)
        def enter(key: str, who: str) -> Response:
            return self.enter(key, who)

        @pages.before_app_request
        def end_trials() -> None:
            with read_session() as session:
                is_trial = is_by_link(session, request.cookies.get(browser.SESSION, ""))
            if is_trial:
                with write_session() as session:
                    end_in_real_city(session, now())

        return pages

    def address(self, session: Session, at: datetime) -> str:
        """Address of the page with the links; empty in a real city."""
        return self._at(HERE, secret(self.settings, KEY)) if is_fictional(session, at) else ""

    def _at(self, address: str, key: str) -> str:
        return f"http://{address}:{self.settings.console_port}/demo/{key}"

    def links(self, key: str) -> Response:
        """The three links; none to an address that another program may have."""
        self._guard(key, HERE)
        to_phone = either(
            ("民眾", "用瀏覽器打 1999：按 1 國語，再按 1 找話務人員。"),
            ("A citizen", "Calls 1999 from the browser: press 4 for English, then 1 for an agent."),
        )
        shown = [("/phone", *to_phone)] if self.settings.browser_phones else []
        shown += [
            (f"{self._at(one.address, key)}/{who}", *either(one.chinese, one.english))
            for who, one in PERSONAS.items()
            if one.address in self.addresses
        ]
        messages = (
            ("民眾的電話", "市府傳給民眾的簡訊和郵件，連同驗證碼。"),
            (
                "The telephone of the citizen",
                "SMS and mail that the city sent to citizens, codes and all.",
            ),
        )
        shown.append((f"{self._at(HERE, key)}/telephone", *either(*messages)))
        title = either("試用示範城市", "Try the fictional city")
        how = either(
            "每個連結開一個分頁，各自登入，不需要密碼；只有這臺電腦打得開，只用於示範城市。",
            "Each link opens a tab of its own, signed in without a password; they work on this machine "
            "alone, and for the fictional city only.",
        )
        return render("demo_entrance.html", heading=title, how=how, links=shown)

    def telephone(self, key: str) -> Response:
        """The latest messages to citizens, whole: everybody whom they could reach is fictional."""
        self._guard(key, HERE)
        citizens = [name for name, one in templates().items() if one.is_for_citizens]
        chosen = select(OutboxMessage).where(OutboxMessage.template.in_(citizens))
        with read_session() as session:
            files = files_of(self.settings, ring_of(session.get_bind().dialect))
            rows = session.scalars(chosen.order_by(OutboxMessage.id.desc()).limit(MESSAGES)).all()
            shown = [(row, files.opened(letter_of(row)) or shown_text(row)) for row in rows]
        return render(
            "demo_telephone.html",
            heading=either("民眾的電話", "The telephone of the citizen"),
            how=either(
                "市府傳給民眾的簡訊和郵件，最新的在最上面；沒有真的傳出去。重新整理就看到新的。",
                "SMS and mail that the city sent to citizens, the latest on top; none left this machine. "
                "Reload the page to see new ones.",
            ),
            columns=either(("時間", "給誰", "內容"), ("Time", "To", "Message")),
            none=either("還沒有訊息。", "There is no message yet."),
            messages=shown,
        )

    def enter(self, key: str, who: str) -> Response:
        """Sign one of the fictional city in, at the address that is theirs."""
        persona = PERSONAS.get(who) or abort(404)
        self._guard(key, persona.address)
        token, at = secrets.token_urlsafe(32), now()
        with write_session() as session:
            if staff(session, persona.login, at).roles != {persona.role}:
                abort(404)
            row = SessionRow(token=digest(token), login=persona.login, begun_at=at, seen_at=at)
            row.address, row.browser = address(), str(request.user_agent)[:NOTED]
            row.provider_session = BY_LINK
            session.add(row)
            after = {"from": address(), "by": "demo"}
            audit(session, at, persona.login, Action.STAFF_SIGN_IN, f"staff:{persona.login}", after=after)
        metrics.sign_ins.labels("in").inc()
        return browser.begin(redirect_to(persona.page), token)

    def _guard(self, key: str, at: str) -> None:
        """Show a page that is not there unless everything holds that the docstring of this file names."""
        right = secret(self.settings, KEY).encode()
        is_open = (
            is_alone(self.settings)
            and came_directly(request, self.settings, at)
            and hmac.compare_digest(key.encode(), right)
        )
        if is_open:
            with read_session() as session:
                is_open = is_fictional(session, now())
        if not is_open:
            log.warning("demo.refused", address=address())
            abort(404)


def opened(settings: Settings) -> Entrance | None:
    """The entrance of an installation; None where it has none."""
    if not is_alone(settings):
        return None
    addresses = [one.address for one in PERSONAS.values()]
    return Entrance(settings, [one for one in addresses if _is_free(one, settings.console_port)])


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as trial, suppress(OSError):
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind((address, port))
        return True
    return False
