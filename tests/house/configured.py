"""A configuration of Asterisk with two agents, as tests look into it."""

import re
from pathlib import Path

from hotline.settings import Settings
from hotline.staff.store import Agent
from ops.pbx.home import AsteriskHome
from tests.ports import free_port

AGENTS = (
    Agent(phone="agent-1", name="one", secret="first-secret", languages=["zh-TW"], paused=""),
    Agent(phone="agent-2", name="two", secret="other-secret", languages=["en", "zh-TW"], paused="lunch"),
)


def settings(home: Path) -> Settings:
    return Settings(
        home=home,
        sip_port=free_port(),
        ami_port=free_port(),
        rtp_from=23100,
        rtp_to=23199,
    )


def text(home: AsteriskHome, name: str) -> str:
    return (home.etc / name).read_text("utf-8")


def section(conf: str, name: str) -> str:
    """All sections of one name together."""
    return "".join(re.findall(rf"^\[{re.escape(name)}\][^\n]*\n([^\[]*)", conf, re.MULTILINE))
