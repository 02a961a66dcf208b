"""The two ways of a session's pictures, with the server of each: by a TURN server, and through Asterisk."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from hotline import clock
from hotline.video.rules import Side
from ops.run import turn
from ops.wiring import House
from tools.bench.processes import Child
from tools.bench.turn_client import client
from tools.bench.video_caller import USER, video_caller
from tools.bench.video_sides import BenchSide, VideoMedia, Way

CALLED: Final = {Side.INTERPRETER: 1, Side.CITIZEN: 2}
ENDPOINT: Final = f"""
[{USER}](line)
context = {USER}
identify_by = username
webrtc = yes
allow = ulaw,vp8
"""
MEETING: Final = f"""
[{USER}]
exten => _{CALLED[Side.INTERPRETER]}.,1,Answer()
 same => n,Set(GLOBAL(SEAT${{EXTEN:1}})=${{CHANNEL}})
 same => n,Wait(600)
exten => _{CALLED[Side.CITIZEN]}.,1,Answer()
 same => n(ask),GotoIf($["${{SEAT${{EXTEN:1}}}}"!=""]?met)
 same => n,Wait(0.05)
 same => n,Goto(ask)
 same => n(met),Bridge(${{SEAT${{EXTEN:1}}}})
"""
"""The interpreter waits in the room of the session, and the citizen is bridged to who waits there."""


def own_address() -> str:
    """The address by which this machine is reached; empty without a network."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(("192.0.2.1", 9))
        return str(line.getsockname()[0])
    return ""


@contextmanager
def coturn(house: House) -> Iterator[Child]:
    """The TURN server of this house, until the block ends."""
    settings = house.settings
    turn.write(settings, lambda _line: None)
    (spec,) = turn.specs(settings)
    child = Child.start("turn", spec.command, settings.home / "turn.log")
    try:
        child.await_(lambda: not list(turn.silent(settings.turn_address, settings.turn_port)))
        yield child
    finally:
        child.stop()


def by_turn(ends: ExitStack) -> Way:
    """Tell the other side the address that the server lends, learn theirs, and bind it."""

    def way(one: BenchSide) -> VideoMedia:
        settings = one.house.settings
        (server,) = one.house.turn.servers(f"{one.number}-{one.side}", clock.now())
        words = str(server["username"]), str(server["credential"])
        turned = ends.enter_context(client((settings.turn_address, settings.turn_port), *words))
        if one.side == Side.INTERPRETER:
            one.waits_for("hello")
            turned.allocate()
            one.tells("offer", turned.lent)
            peer = one.waits_for("answer")
        else:
            one.tells("hello")
            peer = one.waits_for("offer")
            turned.allocate()
            one.tells("answer", turned.lent)
        turned.bind(peer)
        return turned

    return way


def by_call(identity: Path, ends: ExitStack) -> Way:
    """Call the room of the session at Asterisk: nothing is told over the pages."""

    def way(one: BenchSide) -> VideoMedia:
        settings = one.house.settings
        caller = ends.enter_context(video_caller((settings.sip_address, settings.sip_port), identity))
        caller.call(f"{CALLED[one.side]}{one.number}")
        return caller

    return way
