"""Configuration of other programs of the machine: nginx before the pages, fail2ban."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from hotline.settings import Settings
from ops.pbx.configuration import templates_in
from ops.pbx.log import SECURITY
from ops.starting import ProxyUnfit
from web.console.browser import SESSION

TEMPLATE: Final = Path(__file__).with_name("nginx.conf")
FILTER: Final = Path(__file__).with_name("fail2ban.conf")
LISTEN: Final = ("0.0.0.0:443", "[::]:443")
PLAIN: Final = ("0.0.0.0:80", "[::]:80")
"""Where whoever comes without TLS is told to come with it."""
PER_ADDRESS: Final = 500
"""Requests of one address at once: some 150 people in an office behind one address."""
TRIES: Final = 100
"""Wrong answers of one address in ten minutes: more than a telephone with an old password gives."""
WORD: Final = re.compile(r"[\w./:@+~\[\]-]+")
"""What may stand in the configuration as one word: no space, quote, semicolon or brace."""


def configuration(
    settings: Settings,
    certificate: Path,
    key: Path,
    *,
    listen: Sequence[str] = LISTEN,
    plain: Sequence[str] = PLAIN,
    per_address: int = PER_ADDRESS,
    pages: Sequence[str] = (),
    telephones: str = "",
) -> str:
    """The text of nginx.conf. Raises ProxyUnfit when the settings and a proxy do not go together.

    ``pages``: address:port of each machine with pages; none = this machine alone. ``telephones``: that of the
    edge, to which browsers' telephones are led; empty = to the Asterisk of this machine.
    """
    for fault in _faults(settings):
        raise fault
    words = {
        "host": urlsplit(settings.console_url).netloc,
        "certificate": str(certificate.absolute()),
        "key": str(key.absolute()),
        "telephones": telephones or f"127.0.0.1:{settings.browser_port}",
        "socket": urlsplit(settings.browser_url).path,
        "session": SESSION,
    }
    pages = pages or (f"{_host(settings.console_address)}:{settings.console_port}",)
    for word in (*words.values(), *listen, *plain, *pages):
        if word and not WORD.fullmatch(word):
            raise ProxyUnfit("word", repr(word))
    return (
        templates_in(TEMPLATE.parent)
        .get_template(TEMPLATE.name)
        .render(words, settings=settings, listen=listen, plain=plain, per_address=per_address, pages=pages)
    )


def _faults(settings: Settings) -> Iterator[ProxyUnfit]:
    if not settings.console_url:
        yield ProxyUnfit("address", "HOTLINE_CONSOLE_URL=https://NAME")
    if settings.console_hops != 1:
        yield ProxyUnfit("hops", "HOTLINE_CONSOLE_HOPS=1")
    wanted = f"wss://{urlsplit(settings.console_url).netloc}/"
    path = urlsplit(settings.browser_url).path
    if settings.browser_phones and (
        not settings.browser_url.startswith(wanted) or path in ("/", "/phone/socket")
    ):
        yield ProxyUnfit("socket", f"HOTLINE_BROWSER_URL={wanted}ws")


def _host(address: str) -> str:
    """Host by which the pages are asked from this machine."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
    return f"[{near}]" if ":" in near else near


def jail(settings: Settings) -> str:
    """The text of /etc/fail2ban/jail.d/hotline.local.

    Who calls for us is never shut out: a packet that bears the carrier's address may be anybody's.
    """
    officers = settings.officers_contact.rpartition(":")[0]
    trusted = ("127.0.0.0/8", "::1", *settings.carriers, *settings.twilio_match, officers)
    logs = (settings.home / "asterisk" / "log" / SECURITY, settings.home / "log" / "console.log")
    return "\n".join(
        (
            "# Written by `hotline fail2ban`. Add the networks of your offices to ignoreip.",
            "[hotline]",
            "enabled = true",
            "filter = hotline",
            "backend = auto",
            f"logpath = {logs[0]}",
            *(f"          {log}" for log in logs[1:]),
            f"ignoreip = {' '.join(dict.fromkeys(trusted))}",
            f"maxretry = {TRIES}",
            "findtime = 10m",
            "bantime = 1h",
            "banaction = %(banaction_allports)s",
            "",
        )
    )
