"""The edge by TLS: a carrier and a desk phone talk through it, their sound by SRTP past it."""

import shutil
import socket
import ssl
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

from ops.machine.users import create_users
from tests.edges import TLS_PORT, BareNode, edge, node
from tests.house.configured import AGENTS
from tests.live.carrier_lines import LOUD, TALKS, tone
from tests.live.conftest import refuse_or_go_on
from tests.live.other_switch import Authority, DeskPhone, OtherSwitch, Peer, authority, certified
from tests.live.test_edge_live import free, invite, until

pytestmark = pytest.mark.live
TRUNK, PHONES, NODE = "127.0.0.61", "127.0.0.62", "127.0.0.63"
CARRIER, DESK, IMPOSTOR = "127.0.0.64", "127.0.0.65", "127.0.0.66"


@dataclass(frozen=True)
class Lines:
    """A node behind the edge, carrier and desk phone before it, who signs, and where the edge runs."""

    node: BareNode
    carrier: OtherSwitch
    desk: OtherSwitch
    authority: Authority
    folder: Path


@pytest.fixture(scope="module")
def lines() -> Iterator[Lines]:
    """All of it runs, and the telephone is known to the node."""
    refuse_or_go_on()
    create_users()
    folder = Path(mkdtemp(prefix="hotline-", dir="/tmp"))
    folder.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        signed_by = stack.enter_context(authority())
        signed_by.issue("edge", TRUNK, PHONES)
        files = {"certificate": "edge.crt", "key": "edge.key", "authority": signed_by.file.name}
        tls = {what: signed_by.folder / name for what, name in files.items()}
        stack.enter_context(edge(folder, TRUNK, PHONES, [NODE], [CARRIER, IMPOSTOR], tls))
        behind = stack.enter_context(node(folder, "ntpc1", AGENTS, {"ntpc1": NODE}, **settings(signed_by)))
        agent, program = AGENTS[0], behind.home.program
        phones = (DeskPhone(agent.phone, agent.secret),)
        numbers = {TALKS: "talks"}
        to_trunk, to_phones = Peer(TRUNK, TLS_PORT), Peer(PHONES, TLS_PORT)
        carrier = OtherSwitch(
            program, signed_by.folder / "carrier", CARRIER, TLS_PORT, to_trunk, numbers, signed_by
        )
        desk = OtherSwitch(
            program, signed_by.folder / "desk", DESK, TLS_PORT + 1, to_phones, numbers, signed_by, phones
        )
        for switch in (carrier, desk):
            stack.enter_context(switch.running())
        until(lambda: agent.phone in free(behind), "the node knows the telephone")
        yield Lines(behind, carrier, desk, signed_by, folder)


def settings(signed_by: Authority) -> dict[str, object]:
    """Settings of a node whose trunk and telephones are encrypted."""
    return {
        "sip_encrypted": ("trunk", "phones"),
        "trunk_match": (TRUNK,),
        "trunk_contact": f"{TRUNK}:{TLS_PORT}",
        "edge_phones": f"{PHONES}:{TLS_PORT}",
        **certified(signed_by, TLS_PORT, NODE),
    }


def test_a_citizen_and_a_desk_phone_talk_through_the_edge(lines: Lines) -> None:
    """Heard both ways; nothing of it can be read on the way, at the carrier's side or the telephone's."""
    lines.carrier.call("alaw", "talk")
    until(lambda: lines.desk.began("agent-1") > 0, "the telephone is answered", within=90)
    until(lambda: tone(lines.carrier.sound("talk"), "desk") > LOUD, "the citizen hears the agent")
    until(lambda: tone(lines.desk.sound("agent-1"), "citizen") > LOUD, "the agent hears the citizen")
    assert lines.carrier.is_secure("talk") and lines.desk.is_secure("agent-1")
    lines.carrier.does("talk", "gone")
    until(lambda: "agent-1" in free(lines.node), "the telephone is free again")


def test_a_call_out_goes_to_the_carrier_by_tls(lines: Lines) -> None:
    """To whom the edge trusts: one authority has signed both."""
    assert lines.node.rings(f"{TALKS}@trunk")
    until(lambda: lines.carrier.is_secure(TALKS), "the carrier notes that nothing can be read")


def test_a_call_in_the_clear_from_an_encrypted_carrier_is_refused(lines: Lines) -> None:
    """By UDP from its address: 403, as a node alone says it."""
    answer, _ = invite(CARRIER, TRUNK, "0912345678")
    assert answer.startswith("SIP/2.0 403 "), answer


def test_nobody_is_called_whom_no_authority_of_ours_has_signed(lines: Lines) -> None:
    """The edge asks every carrier of its list whether it is there; to this one it says no word."""
    with authority() as strange, socket.create_server((IMPOSTOR, TLS_PORT)) as door:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(strange.issue("impostor", IMPOSTOR))
        door.settimeout(30)
        line, _ = door.accept()
        with line, pytest.raises(ssl.SSLError, match="(?i)unknown.ca"):
            context.wrap_socket(line, server_side=True).recv(1)


def test_a_renewed_certificate_is_taken_up(lines: Lines) -> None:
    """By one command, and the telephone stays."""
    _, before = shown(lines, ssl.TLSVersion.TLSv1_3)
    lines.authority.issue("edge", TRUNK, PHONES)
    reload = ("kamcmd", "-s", f"unixs:{lines.folder}/kamailio_ctl", "tls.reload")
    subprocess.run(reload, check=True, capture_output=True, timeout=20)
    assert shown(lines, ssl.TLSVersion.TLSv1_3)[1] != before
    assert lines.node.rings(AGENTS[0].phone)


def test_nothing_older_than_tls_1_2_is_spoken(lines: Lines) -> None:
    spoken = []
    for version in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        try:
            spoken.append(shown(lines, version)[0])
        except ssl.SSLError:
            continue
    assert spoken == ["TLSv1.2", "TLSv1.3"]


def shown(lines: Lines, version: ssl.TLSVersion) -> tuple[str, str]:
    """The version that the edge speaks with who speaks this one, and its certificate's number."""
    context = ssl.create_default_context(cafile=str(lines.authority.file))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = context.maximum_version = version
    with socket.create_connection((TRUNK, TLS_PORT), 5) as line:
        with context.wrap_socket(line, server_hostname=TRUNK) as it:
            return str(it.version()), str((it.getpeercert() or {})["serialNumber"])
