"""Whom our Asterisk calls over TLS must show a certificate of its name, signed by whom we trust."""

from contextlib import ExitStack

import pytest

from tests.live.conftest import refuse_or_go_on
from tests.live.other_switch import OtherSwitch, Peer, authority, certified
from tests.live.system import ALL_DAY, running
from tests.ports import free_ports

pytestmark = pytest.mark.live
FIRST, SECOND = "127.0.0.2", "127.0.0.7"


def test_who_shows_another_certificate_gets_no_call() -> None:
    """One that nobody we know has signed, and one of another name: to us both trunks are away."""
    refuse_or_go_on()
    with ExitStack() as stack:
        known, unknown = (stack.enter_context(authority()) for _each in range(2))
        tls, one, two = free_ports(3)
        system = stack.enter_context(
            running(
                sip_encrypted=["trunk", "trunk-second"],
                trunk_contact=f"{FIRST}:{one}",
                trunk_second_contact=f"{SECOND}:{two}",
                **certified(known, tls),
                **ALL_DAY,
            )
        )
        peer, program = Peer("127.0.0.1", tls), system.home.program
        stranger = OtherSwitch(program, unknown.folder / "stranger", FIRST, one, peer, {}, unknown)
        other = OtherSwitch(program, known.folder / "other", SECOND, two, peer, {}, known, (), "192.0.2.9")
        for switch in (stranger, other):
            stack.enter_context(switch.running())
        away = (
            f"trunk-second: {SECOND}:{two} does not answer (OPTIONS); calls to outside numbers fail at once"
        )
        system.until(lambda: away in system.ready()[1], 30, "both are away")
        assert "degraded: trunk: " in system.ready()[1] and system.ready()[0] == 200
