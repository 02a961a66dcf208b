"""Warm transfers: the agent speaks with the officer first,
while the caller waits with music (§9.1 CONNECTED).
"""

from threading import Event

from control.ami import Message
from demo.exchange import Refuses
from demo.phone import Answers, Busy, NoAnswer, PhoneEventKind, Softphone
from tests.live.acts import WITH_AGENT, assert_kept, begins, closed, softphone
from tests.live.real_line import A_WORD, RealLine

MUSIC = "moh/hold"
AGENTS_NUMBER = "1999"
"""Whom an officer sees calling while the agent confers."""


def desk(line: RealLine) -> str:
    """The desk this act is about: a section of its own, for all of them ring from 1999."""
    return f"{SECTION[line.name]}2"


def neighbours(line: RealLine) -> tuple[str, str]:
    """Who sits beside it, in the order in which they are rung."""
    return f"{SECTION[line.name]}1", f"{SECTION[line.name]}3"


def asks(line: RealLine, behaves: Answers | None = None) -> tuple[Softphone, Softphone | None]:
    """The agent takes the call and presses ``*2`` and the extension; with ``behaves`` an officer is there."""
    officer = softphone(line, desk(line), behaves, AGENTS_NUMBER) if behaves else None
    begins(line, WITH_AGENT)
    agent = line.agent_takes()
    line.holds(agent)
    agent.press(f"*2{desk(line)}#")
    return agent, officer


def confer(line: RealLine, agent: Softphone, officer: Softphone) -> None:
    """Until agent and officer are in one bridge, and the caller in none with them."""
    officer.wait_for(PhoneEventKind.ESTABLISHED, 20)
    line.board.until(
        lambda: bridge_of(line, agent) and bridge_of(line, agent) != line.line.get("BridgeID"),
        10,
        f"{line.name}: agent and officer confer",
    )


def bridge_of(line: RealLine, phone: Softphone) -> str:
    """The bridge that a phone's channel is in."""
    return next((one.get("BridgeID", "") for one in channels_of(line, phone)), "")


def channels_of(line: RealLine, phone: Softphone) -> list[Message]:
    """What a phone has of Asterisk at this moment."""
    return [one for one in line.board.channels if one["Channel"].startswith(f"PJSIP/{phone.user}-")]


def officers_bridge(line: RealLine) -> str:
    """The bridge of the officer of this call."""
    with_him = [one for one in line.board.with_(line.call_id) if one["Channel"].startswith("PJSIP/officers-")]
    return next((one["BridgeID"] for one in with_him if one.get("BridgeID")), "")


def until_with_officer(line: RealLine) -> None:
    """Caller and officer hear each other, and have said a word."""
    line.board.until(
        lambda: line.line.get("BridgeID") and officers_bridge(line) == line.line["BridgeID"],
        15,
        f"{line.name}: caller and officer are joined",
    )
    Event().wait(A_WORD)


def until_with_agent(line: RealLine, agent: Softphone) -> None:
    """Caller and agent hear each other again."""
    line.board.until(
        lambda: line.is_joined() and bridge_of(line, agent) == line.line["BridgeID"],
        40,
        f"{line.name}: caller and agent are joined again",
    )


def joined(line: RealLine, how: str) -> None:
    agent, officer = asks(line, Answers(0.5))
    assert officer
    confer(line, agent, officer)
    if how:
        agent.press(how)
    else:
        agent.hang_up()
    until_with_officer(line)
    agent.wait_for(PhoneEventKind.CLOSED, 10)
    officer.hang_up()
    line.caller.wait_for(PhoneEventKind.CLOSED, 20)
    row, (leg,) = closed(line)
    assert (leg.outcome, leg.kind, leg.asked, leg.rings) == ("answered", "desk", desk(line), 1)
    assert leg.talk_seconds and leg.talk_seconds < 5, "the conference is no talk with the caller"
    assert (row.outcome, row.end_reason) == ("talked", "officer_hung_up")
    assert_kept(line, row)
    assert MUSIC in line.theatre.begun(line.caller.received, [MUSIC])


def warm_the_agent_hangs_up_and_both_are_joined(line: RealLine) -> None:
    """The caller hears music, then the officer; the record knows the officer's leg, ring and talk."""
    joined(line, "")


def warm_the_agent_joins_them_by_key(line: RealLine) -> None:
    """``*2`` once more."""
    joined(line, "*2")


def warm_the_agent_goes_back(line: RealLine) -> None:
    """``*1``: the officer is left, caller and agent talk on."""
    agent, officer = asks(line, Answers(0.5))
    assert officer
    confer(line, agent, officer)
    agent.press("*1")
    until_with_agent(line, agent)
    officer.wait_for(PhoneEventKind.CLOSED, 10)
    agent.hang_up()
    line.caller.wait_for(PhoneEventKind.CLOSED, 20)
    row, (leg,) = closed(line)
    assert (leg.outcome, leg.talk_seconds) == ("answered", 0.0), vars(leg)
    assert (row.outcome, row.end_reason) == ("talked", "agent_hung_up"), vars(row)
    assert_kept(line, row)


def warm_the_officer_hangs_up(line: RealLine) -> None:
    """In the conference: the agent is with the caller again, without a key."""
    agent, officer = asks(line, Answers(0.5, 2.0))
    assert officer
    confer(line, agent, officer)
    officer.wait_for(PhoneEventKind.CLOSED, 10)
    until_with_agent(line, agent)
    agent.hang_up()
    line.caller.wait_for(PhoneEventKind.CLOSED, 20)
    row, (leg,) = closed(line)
    assert (leg.outcome, leg.talk_seconds, row.end_reason) == ("answered", 0.0, "agent_hung_up"), vars(leg)


def warm_nobody_can_be_reached(line: RealLine) -> None:
    """Busy, busy, refused: every neighbour is asked for the agent too;
    then the agent is with the caller again.
    """
    for phone, code in zip((desk(line), *neighbours(line)), (486, 486, 603), strict=True):
        line.theatre.inside.set(phone, Refuses(code))
    agent, _ = asks(line)
    until_with_agent(line, agent)
    agent.hang_up()
    line.caller.wait_for(PhoneEventKind.CLOSED, 20)
    row, legs = closed(line)
    assert [leg.outcome for leg in legs] == ["busy", "busy", "refused"] and row.end_reason == "agent_hung_up"


def warm_the_caller_hangs_up_meanwhile(line: RealLine) -> None:
    """Agent and officer are left to each other; the call is closed when the caller left."""
    agent, officer = asks(line, Answers(0.5))
    assert officer
    confer(line, agent, officer)
    line.caller.hang_up()
    line.caller.wait_for(PhoneEventKind.CLOSED, 10)
    line.board.until(lambda: not line.line, 5, "the caller is gone")
    agent.hang_up()
    row, (leg,) = closed(line)
    assert (row.end_reason, leg.outcome, leg.talk_seconds) == ("caller_hung_up", "answered", 0.0)
    officer.wait_for(PhoneEventKind.CLOSED, 10)


def warm_the_agent_leaves_while_the_officer_rings(line: RealLine) -> None:
    """The phone rings on for the caller, and who answers is joined with the caller."""
    agent, officer = asks(line, Answers(4.0))
    assert officer
    officer.wait_for(PhoneEventKind.RINGING, 20)
    agent.hang_up()
    officer.wait_for(PhoneEventKind.ESTABLISHED, 20)
    until_with_officer(line)
    officer.hang_up()
    line.caller.wait_for(PhoneEventKind.CLOSED, 20)
    row, (leg,) = closed(line)
    assert leg.outcome == "answered" and leg.talk_seconds and row.outcome == "talked"


def leaves_and_nobody_answers(line: RealLine, does: Busy | Answers) -> Softphone:
    """The agent hangs up while the officer's phone rings, which then is busy like its neighbours."""
    for phone in neighbours(line):
        line.theatre.inside.set(phone, Refuses(486))
    agent, _ = asks(line)
    calls = line.theatre.inside.called_by
    line.board.until(lambda: desk(line) in calls(AGENTS_NUMBER), 20, "the officer's phone rings")
    agent.behaves = does
    agent.hang_up()
    line.board.until(lambda: not channels_of(line, agent), 10, "the agent has left")
    line.theatre.inside.decide(desk(line), Refuses(486), AGENTS_NUMBER, 10)
    return agent


def warm_the_agent_left_and_is_rung_again(line: RealLine) -> None:
    """§9.1 RETURNED: back to the agent who transferred."""
    agent = leaves_and_nobody_answers(line, Answers(0.3))
    until_with_agent(line, agent)
    agent.hang_up()
    line.caller.wait_for(PhoneEventKind.CLOSED, 20)
    row, legs = closed(line)
    assert [leg.outcome for leg in legs] == ["busy", "busy", "busy"] and row.outcome == "talked"
    assert_kept(line, row)


def warm_the_agent_left_and_is_busy(line: RealLine) -> None:
    """Else the front of the queue: the caller is not lost, and another agent answers."""
    agent = leaves_and_nobody_answers(line, Busy())
    second = line.agent_takes()
    assert second is not agent
    second.hang_up()
    line.caller.wait_for(PhoneEventKind.CLOSED, 20)
    agent.behaves = NoAnswer()
    row, legs = closed(line)
    assert [leg.outcome for leg in legs] == ["busy", "busy", "busy"] and row.outcome == "talked"
    kinds = [event.kind for event in line.system.events(row.id)]
    assert kinds.count("QueueEntered") == 2, kinds
    assert_kept(line, row)


ACTS = (
    warm_the_agent_left_and_is_rung_again,
    warm_the_agent_left_and_is_busy,
    warm_the_agent_hangs_up_and_both_are_joined,
    warm_the_agent_joins_them_by_key,
    warm_the_agent_goes_back,
    warm_the_officer_hangs_up,
    warm_nobody_can_be_reached,
    warm_the_caller_hangs_up_meanwhile,
    warm_the_agent_leaves_while_the_officer_rings,
)
SECTION = {
    act.__name__: n for act, n in zip(ACTS, (512, 513, 530, 531, 532, 541, 542, 550, 551), strict=True)
}
