"""Jail of fail2ban for who tries passwords; its filter is ``fail2ban.conf`` beside this file."""

from pathlib import Path
from typing import Final

from hotline.settings import Settings
from ops.pbx.log import SECURITY

FILTER: Final = Path(__file__).with_name("fail2ban.conf")
TRIES: Final = 100
"""Wrong answers of one address in ten minutes: more than a telephone with an old password gives."""


def jail(settings: Settings) -> str:
    """The text of /etc/fail2ban/jail.d/hotline.local.

    Who calls for us is never shut out: a packet that bears the carrier's address may be anybody's.
    """
    officers = settings.officers_contact.rpartition(":")[0]
    trusted = ("127.0.0.0/8", "::1", *settings.trunk_match, *settings.twilio_match, officers)
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
