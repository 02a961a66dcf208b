"""Text of ``make up`` when it is ready: how to place the first call."""

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence

from control.passwords import keep, secret
from hotline.settings import SECRETS, Settings
from hotline.settings.addresses import MachineRole
from hotline.settings.faults import NOT_SETTINGS, PREFIX
from hotline.staff.store import Agent

ACCOUNTS = "softphones.txt"

COMMANDS = (
    ('hotline call 1999 --keys "1,1"', "place a call by program: Mandarin, then an agent"),
    ('hotline call 1999 --keys "1,1" --at-agent answer:5', "the same, and a program answers as the agent"),
    (
        'hotline call 1999 --keys "1,2,5112#" --officers 5112=busy,5111=answer:2:12',
        "an extension, busy; its neighbour answers",
    ),
    ('hotline call 1999 --keys "1,3,1,say:zh-TW/V-08"', "asks to be called back, and says why"),
    ("hotline callback list", "promises to be kept"),
    ("hotline calls", "the latest calls; with an id, everything about one"),
    ("hotline walk", "talk to the menus by keyboard"),
    ("hotline agents list", "who answers, in which languages"),
    ("hotline check", "examine settings, menus, prompts and dialplan"),
    ("hotline --help", "the rest"),
)


def welcome(
    settings: Settings,
    agents: Sequence[Agent],
    *,
    ready: bool,
    seconds: float,
    first: str = "",
    link: str = "",
    trial: str = "",
) -> Iterator[str]:
    """Addresses, passwords' file, commands. ``first``: an administrator, while no one can sign in.

    ``trial``: the address of a demo's links.
    """
    if not settings.runs(MachineRole.NODE):
        yield from _without_calls(settings, seconds, first, link)
        return
    server = f"{settings.sip_address}:{settings.sip_port}"
    yield ""
    if ready:
        yield f"1999 answers. Started in {seconds:.1f} s."
    if trial:
        yield f"  try it               {trial}"
        yield "    three links, for one browser of this machine: a citizen, an agent, a supervisor"
    yield f"  SIP server (UDP)     {server}"
    yield f"  numbers              {', '.join(f'sip:{number}@{server}' for number in settings.numbers[:2])}"
    if settings.runs(MachineRole.CONSOLE):
        yield from _pages(settings, first, link)
    yield f"  health               http://{settings.web_address}:{settings.web_port}/health/ready"
    yield f"  state and logs       {settings.home}"
    yield f"  softphones           {keep(settings, ACCOUNTS, accounts(settings, agents))}"
    yield "    their accounts and passwords, in a file for your eyes"
    yield "  In another terminal, in this folder:"
    chosen = {f"{PREFIX}ROLES": ",".join(settings.roles)} if settings.roles else {}
    if given := _given({**os.environ, **chosen}):
        yield f"    export {given}"
        yield "        the settings that this one was started with"
    for command, meaning in COMMANDS:
        yield f"    .venv/bin/{command}"
        yield f"        {meaning}"
    yield "  Ctrl-C ends everything."


def _without_calls(settings: Settings, seconds: float, first: str, link: str) -> Iterator[str]:
    """Lines for a machine without the role node: its roles, and its pages."""
    yield f"{settings.node} runs: {', '.join(settings.roles)}. Started in {seconds:.1f} s."
    if settings.runs(MachineRole.CONSOLE):
        yield from _pages(settings, first, link)


def _pages(settings: Settings, first: str, link: str) -> Iterator[str]:
    """Where they are, and how the first person signs in."""
    yield f"  pages                {settings.console}/"
    if link:
        yield f"    nobody can sign in yet: choose a password for {first} with this link, once, within three days"
        yield f"    {link}"
    elif first:
        yield "    nobody can sign in yet; this gives the link with which a password is chosen:"
        yield f"    hotline staff invite {first}"
    if settings.browser_phones:
        yield f"    {settings.console}/phone dials 1999 from a browser"


def accounts(settings: Settings, agents: Sequence[Agent]) -> str:
    """Accounts that may register, with the passwords."""
    lines = ["Accounts for softphones: user, password"]
    lines.append(f"{'citizen':<18} {secret(settings, 'citizen')}  (dial 1999)")
    for agent in agents:
        lines.append(f"{agent.phone:<18} {agent.secret}  ({agent.name}: {', '.join(agent.languages)})")
    for phone in set(settings.supervisors) - {agent.phone for agent in agents}:
        lines.append(f"{phone:<18} {secret(settings, phone)}  (rung in an emergency, and to judge a caller)")
    return "\n".join((*lines, ""))


def _given(environment: Mapping[str, str]) -> str:
    """The settings of an environment as a shell takes them; of a secret only the name."""
    ours = {
        name: text
        for name, text in environment.items()
        if name.startswith(PREFIX) and name not in NOT_SETTINGS
    }
    return " ".join(f"{name}={_shown(name, text)}" for name, text in sorted(ours.items()))


def _shown(name: str, text: str) -> str:
    return "..." if name.removeprefix(PREFIX).lower() in SECRETS else shlex.quote(text)
