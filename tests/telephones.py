"""An Asterisk that plays all agents' telephones behind an edge: it answers, talks, and tells who rang it."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from control.ami import AMI, Message
from hotline import clock
from ops.pbx.program import Program
from tests.ports import free_port

MODULES = """res_sorcery_config res_sorcery_memory res_sorcery_astdb res_timing_timerfd res_pjproject
    res_pjsip res_pjsip_acl res_pjsip_authenticator_digest res_pjsip_caller_id
    res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user res_pjsip_header_funcs
    res_pjsip_pubsub res_pjsip_sdp_rtp res_pjsip_session chan_pjsip res_rtp_asterisk codec_ulaw
    codec_resample bridge_simple pbx_config app_userevent app_stack func_callerid func_channel
    func_groupcount func_logic func_math func_rand func_global""".split()
EMPTY = (
    "acl cel cdr ccss udptl features indications http stasis pjproject queuerules queues musiconhold".split()
)


@dataclass
class Telephones:
    """What rang, in the order in which it did."""

    ami: AMI

    def told(self, seconds: float) -> list[Message]:
        """Rings, talks and their ends until none came for so long."""
        return [one for one in self.ami.events(seconds) if one.get("Event") == "UserEvent"]


def sections(address: str, nodes: Sequence[str]) -> str:
    """Its SIP: each node is known by its address."""
    own = f"[udp]\ntype=transport\nprotocol=udp\nbind={address}:5060\n"
    return own + "".join(
        f"[node{n}]\ntype=endpoint\ncontext=phones\nallow=ulaw\naors=node{n}\n"
        f"[node{n}]\ntype=aor\ncontact=sip:{node}:5060\n"
        f"[node{n}]\ntype=identify\nendpoint=node{n}\nmatch={node}\n"
        for n, node in enumerate(nodes)
    )


def phones(names: Sequence[str]) -> str:
    """Each rings for some tenths of a second and talks for two to three seconds; busy while it talks."""
    lines = ["[phones]"]
    for name in names:
        lines += [
            f"exten => {name},1,Set(GROUP(phone)={name})",
            f" same => n,Set(CALLS=${{GROUP_COUNT({name}@phone)}})",
            f" same => n,UserEvent(Rung,Phone: {name},Calls: ${{CALLS}},Number: ${{CALLERID(num)}},"
            "By: ${CHANNEL(endpoint)})",
            " same => n,GotoIf($[${CALLS} > 1]?busy)",
            " same => n,Ringing()",
            " same => n,Wait(0.${RAND(2,6)})",
            " same => n,Answer()",
            " same => n,Wait(2.${RAND(0,9)})",
            f" same => n,UserEvent(Over,Phone: {name})",
            " same => n,Hangup()",
            " same => n(busy),Hangup(17)",
        ]
    return "\n".join(lines) + "\n"


def written(folder: Path, program: Program, port: int, files: dict[str, str]) -> Path:
    """Its configuration, and the folders that it writes."""
    etc = folder / "etc"
    etc.mkdir(parents=True)
    for name in ("db", "spool", "log", "run"):
        (folder / name).mkdir()
    at = {
        "astvarlibdir": "db",
        "astdbdir": "db",
        "astkeydir": "db",
        "astcachedir": "spool",
        "astspooldir": "spool",
    }
    at |= {"astagidir": "spool", "astrundir": "run", "astlogdir": "log"}
    own = "".join(f"{name} => {folder / place}\n" for name, place in at.items())
    fixed = {
        "asterisk": f"[directories]\nastetcdir => {etc}\nastmoddir => {program.modules}\n"
        f"astdatadir => {program.documentation}\n{own}[options]\nsystemname = phones\n",
        "modules": "[modules]\nautoload=no\n" + "".join(f"load={one}.so\n" for one in MODULES),
        "logger": "[general]\n[logfiles]\nmessages => notice,warning,error\n",
        "manager": f"[general]\nenabled=yes\nport={port}\nbindaddr=127.0.0.1\n"
        "[test]\nsecret=test\nread=user\n",
        "rtp": "rtpstart=27000\nrtpend=27999\n",
    }
    for name, text in (dict.fromkeys(EMPTY, "") | fixed | files).items():
        (etc / f"{name}.conf").write_text(text if name != "rtp" else f"[general]\n{text}")
    return etc / "asterisk.conf"


@contextmanager
def telephones(
    folder: Path, program: Program, address: str, nodes: Sequence[str], names: Sequence[str]
) -> Iterator[Telephones]:
    """Telephones that can be rung."""
    shutil.rmtree(folder, ignore_errors=True)
    port = free_port()
    files = {"pjsip": sections(address, nodes), "extensions": phones(names)}
    main = written(folder, program, port, files)
    quiet = subprocess.DEVNULL
    process = subprocess.Popen((*program.words, "-f", "-C", str(main)), stdout=quiet, stderr=quiet)
    try:
        with manager(port) as ami:
            told = (*program.words, "-C", str(main), "-rx", "core waitfullybooted")
            subprocess.run(told, stdout=quiet, stderr=quiet, timeout=60, check=True)
            yield Telephones(ami)
    finally:
        process.kill()
        process.wait()


def manager(port: int) -> AMI:
    """Its manager, once it is there."""
    by = clock.monotonic() + 30
    while True:
        try:
            return AMI("127.0.0.1", port, "test", "test", events="user")
        except Exception:
            if clock.monotonic() > by:
                raise
