"""The telephone in the room of a video session: who rings, what the citizen sees and says (§14)."""

from collections.abc import Iterator
from typing import Any

import pytest

from calls.store import CallRow
from hotline.callbacks.rules import Outcome
from hotline.callbacks.store import Callback
from hotline.db import transaction
from hotline.outbound_calls import service
from hotline.outbound_calls.rules import OWN_CALL, OutboundEvent, Phase, Target
from hotline.video import relay
from reporting.board import floor
from tests.doors.console import BASE, PASSWORD, Console, Visitor, console
from tests.signing import TEN, video_account

LIST = (Target("desk", "5112", "王小明", "epb"), Target("neighbour", "5111", "李小華", "epb"))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return console(tmp_path_factory.mktemp("relay") / "home", browser_phones=True)


class Room:
    """A session as both its sides have it."""

    def __init__(self, pages: Console, number: int, hand: Visitor, citizen: Visitor) -> None:
        self.pages, self.number, self.hand, self.citizen = pages, number, hand, citizen
        self.tokens = {id(hand): hand.token("/video"), id(citizen): citizen.token("/sign")}

    def does(self, who: Visitor, path: str, **fields: Any) -> Any:
        sent = {"csrf": self.tokens[id(who)], **fields}
        return who.client.post(path, data=sent, base_url=BASE)

    def seen(self, who: Visitor) -> dict[str, Any]:
        base = "/video" if who is self.hand else "/sign/room"
        found: dict[str, Any] = who.get(f"{base}/{self.number}/state").json["relay"]  # type: ignore[index]
        return found

    def rings(self) -> str:
        """A call is placed, as if Asterisk had taken it: its token."""
        with transaction(self.pages.house.factory) as session:
            at = self.pages.clock.at
            call = relay.begin(
                session, self.number, LIST, agency="epb", extension="5112", by="interpreter-1", at=at
            )
            return call.token

    def hears(self, token: str, phase: Phase, place: int, came: Outcome) -> None:
        whole = phase is Phase.OVER and came is Outcome.NO_ANSWER
        with transaction(self.pages.house.factory) as session:
            service.heard(session, OutboundEvent(token, phase, place, came, self.pages.clock.at, whole))


@pytest.fixture
def room(pages: Console, request: pytest.FixtureRequest) -> Iterator[Room]:
    pages.clock.at = TEN
    hand, citizen, login = pages.signed_in("interpreter-1"), pages.stranger(), request.node.name[:60]
    assert hand.post("/video/on").status_code == 200
    with transaction(pages.house.factory) as session:
        account = video_account(session, login, PASSWORD, TEN)
        account.contact = f"{abs(hash(login))}@example.tw"
    citizen.post("/sign/in", {"login": login, "password": PASSWORD}, page="/sign/in")
    citizen.post("/sign", {"way": "video"}, page="/sign")
    number = hand.post("/video/accept").json["session"]  # type: ignore[index]
    yield Room(pages, number, hand, citizen)
    with transaction(pages.house.factory) as session:
        pages.house.video_line.leave(session, number, pages.clock.at)


def test_both_see_who_rings_and_who_answered(room: Room) -> None:
    """The desk is busy, its neighbour answers, and then it is over; nothing stands there before."""
    assert "relay" not in room.hand.get(f"/video/{room.number}/state").json  # type: ignore[operator]
    token = room.rings()
    assert "承辦分機 5112 王小明" in room.seen(room.citizen)["says"]
    room.hears(token, Phase.RUNG, 1, Outcome.BUSY)
    seen = room.seen(room.citizen)
    assert "鄰座 5111 李小華" in seen["says"] and "忙線" in seen["rungs"][0] and seen["isUp"]
    room.hears(token, Phase.ANSWERED, 2, Outcome.REACHED)
    assert "已接通鄰座 5111" in room.seen(room.hand)["says"] and room.seen(room.hand)["isTalked"]
    room.hears(token, Phase.OVER, 2, Outcome.NOT_PLACED)
    assert room.seen(room.citizen)["says"] == "電話結束了。" and not room.seen(room.hand)["isUp"]


def test_the_citizen_is_asked_and_a_refusal_holds(room: Room) -> None:
    """The question stands on the citizen's page alone; what is answered stands on both."""
    asked = room.does(room.hand, f"/video/{room.number}/relay/ask")
    assert asked.status_code == 200 and room.seen(room.citizen)["asks"]
    assert not room.seen(room.hand)["asks"] and "還沒有回答" in room.seen(room.hand)["recording"]
    path = f"/sign/room/{room.number}/recording"
    assert room.does(room.citizen, path, said="perhaps").status_code == 422
    assert room.does(room.citizen, path, said="agreed").status_code == 200
    assert room.seen(room.citizen)["mayRefuse"] and "已同意錄音" in room.seen(room.hand)["recording"]
    for said in ("refused", "agreed"):
        assert room.does(room.citizen, path, said=said).status_code == 200
        assert "不同意錄音" in room.seen(room.hand)["recording"]
        assert room.seen(room.citizen)["recording"] == "您不同意錄音，這次的電話都不錄音。"


@pytest.mark.parametrize("said", ["agreed", "refused"])
def test_an_answer_while_asterisk_is_away_is_kept(room: Room, said: str) -> None:
    """What that means is said without keys of a telephone, which the citizen does not have."""
    token, house, at = room.rings(), room.pages.house, room.pages.clock.at
    with transaction(house.factory) as session:
        node = house.relay.placing.pbx.node
        session.add(CallRow(id=OWN_CALL + token, caller="anonymous", started_at=at, node=node))
    away = room.does(room.citizen, f"/sign/room/{room.number}/recording", said=said)
    assert away.status_code == 422 and "話機" not in away.json["fault"]
    assert {"agreed": "已記下您同意錄音", "refused": "已記下您不同意錄音"}[said] in away.json["fault"]
    assert not room.seen(room.citizen)["asks"]


def test_nobody_answers_and_a_written_answer_is_promised(room: Room) -> None:
    """By who was asked for, at the account's contact; the page of the promise says that nobody telephones."""
    token = room.rings()
    room.hears(token, Phase.OVER, 3, Outcome.NO_ANSWER)
    seen = room.seen(room.hand)
    assert seen["nobody"] and seen["extension"] == "5112" and "登記" in seen["says"]
    fields = {"extension": "5112", "matter": "停車費"}
    said = room.does(room.hand, f"/video/{room.number}/promise", **fields)
    assert said.status_code == 200 and "以文字回覆" in said.json["said"]
    with transaction(room.pages.house.factory) as session:
        row = session.query(Callback).filter_by(origin="video").one()
        number, contact = row.id, row.write_to
        assert (row.extension, row.agency) == ("5112", "epb")
    boss = room.pages.signed_in("supervisor-1")
    page = boss.get(f"/callbacks/{number}").text
    assert "不要打電話" in page and contact not in page and "打給民眾</button>" not in page
    assert "用文字聯絡" in boss.get("/callbacks").text


def test_what_cannot_be_rung_is_said_and_pressed_twice_rings_once(room: Room) -> None:
    """Nobody named, nobody found, Asterisk away; the second press while the first rings is refused."""
    path = f"/video/{room.number}/relay"
    assert room.does(room.hand, path).json["fields"] == {"whom": "請寫要撥給誰。"}
    assert room.does(room.hand, path, whom="沒有這個人").status_code == 422
    away = room.does(room.hand, path, whom="5112", telephone="page")
    assert away.status_code == 422 and "電話系統" in away.json["fault"]
    room.rings()
    again = room.does(room.hand, f"{path}/agents", telephone="page")
    assert again.status_code == 422 and "還沒有結束" in again.json["fault"]


def test_another_interpreter_has_no_part_in_it(room: Room) -> None:
    """Not to ring, to ask, to hang up or to promise; nor has a citizen of another session."""
    path = f"/video/{room.number + 1}"
    for deed in ("relay/agents", "relay/ask", "relay/hang-up"):
        assert room.does(room.hand, f"{path}/{deed}").status_code == 422
    assert room.does(room.hand, f"{path}/promise", matter="x").status_code == 422
    assert (
        room.does(room.citizen, f"/sign/room/{room.number + 1}/recording", said="agreed").status_code == 404
    )


def test_the_page_is_the_interpreters_telephone(room: Room) -> None:
    """For as long as no other took it; only an interpreter's, and rung for no emergency."""
    told = room.does(room.hand, "/video/telephone").json
    assert told["user"] == "page-interpreter-1" and told["password"]
    stays = room.does(room.hand, "/video/telephone/stay", secret=told["password"])
    assert stays.status_code == 200
    room.does(room.hand, "/video/telephone")
    assert room.does(room.hand, "/video/telephone/stay", secret=told["password"]).status_code == 409


def test_P5_0_a_case_is_filed_with_the_desks_own_form(room: Room) -> None:
    """Name and contact are the account's; what touches somebody is affirmed face to face (P8.2)."""
    call, hand = f"video-{room.number}", room.hand
    assert "民眾反映什麼事" in hand.get("/video").text
    told = hand.get(f"/desk/case?call={call}").json
    assert told and told["name"] == "陳可辨" and told["email"].endswith("@example.tw")
    assert told["reply_way"] == "email"
    fields = {"call": call, "matter": "鄰居佔用車位", "name": told["name"], "email": told["email"]}
    draft = room.does(hand, "/desk/case", **fields, touches="property", agency="epb", by_hand="agency").json
    filed = room.does(hand, f"/desk/case/{draft['id']}/file", version=draft["version"]).json
    assert filed["number"], filed
    refused = room.does(hand, "/desk/case", call=f"video-{room.number + 1}", matter="x")
    assert refused.status_code == 422


def test_the_board_tells_who_waits_and_who_is_served(room: Room) -> None:
    """Beside the agents; a line of an interpreter is nobody's of the queues."""
    with transaction(room.pages.house.factory) as session:
        seen = floor(session, room.pages.clock.at, {})
    assert (seen.sign_waiting, seen.sign_served) == (0, 1)
    assert "手語視訊等候" in room.pages.signed_in("supervisor-1").get("/board").text
