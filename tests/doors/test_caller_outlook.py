"""What a caller would meet now, as health, doctor and the first page tell it."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from control.ami import ManagerGone, Message
from control.caller_outlook import CallerOutlook
from control.pbx import Pbx
from control.reachability import behind_exchange
from hotline import clock
from hotline.db import transaction
from hotline.directory.rules import Directory
from hotline.settings import Settings
from hotline.staff.store import AFTER_CALL, agents
from ops.run import readiness
from ops.run.readiness import Readiness
from ops.wiring import House, workshop
from tests.doors.console import Console, console
from tests.keys import put_keys
from wording import CHINESE, ENGLISH, sentence

FREE, UNREACHABLE = "1", "5"


@dataclass
class Telephones:
    """Plays the way to Asterisk: ``members`` by phone, with state and break; ``exchange``, its state."""

    settings_: Settings
    members: Mapping[str, tuple[str, str]]
    exchange: str = "NOT_INUSE"
    is_gone: bool = False

    def settings(self) -> Settings:
        return self.settings_

    @property
    def supervisors(self) -> tuple[str, ...]:
        return self.settings_.supervisors

    def everywhere(self, ask: Callable[[Any], Any]) -> list[Any]:
        if self.is_gone:
            raise ManagerGone("away")
        return [ask(self)]

    @contextmanager
    def manager(self, *_: object, **__: object) -> Any:
        yield self

    def ask(self, action: str, **fields: str) -> list[Message]:
        if action == "Getvar":
            assert fields["Variable"] == "DEVICE_STATE(PJSIP/officers)"
            return [{"Value": self.exchange}]
        assert action == "QueueStatus"
        return [
            {
                "Event": "QueueMember",
                "Name": phone,
                "Status": state,
                "Paused": "1" if why else "0",
                "PausedReason": why,
                "CallsTaken": "0",
            }
            for phone, (state, why) in self.members.items()
        ]


def told(house: House, language: str = ENGLISH, **telephones: Any) -> list[str]:
    settings = house.settings.model_copy(
        update={"supervisors": telephones.pop("supervisors", ("supervisor-1",))}
    )
    asked = Telephones(settings, telephones.pop("members", everybody(house)), **telephones)
    found = CallerOutlook(house.factory, cast(Pbx, asked), then(house)).now(clock.now())
    return [sentence(one, language) for one in found]


def then(house: House) -> Callable[[datetime], Directory]:
    return lambda at: house.city.city().at(at)


def everybody(house: House, state: str = FREE, why: str = "") -> dict[str, tuple[str, str]]:
    with transaction(house.factory) as session:
        return {one.phone: (state, why) for one in agents(session)}


def test_P3_nothing_is_told_while_callers_meet_agents_and_officers(house: House) -> None:
    """Work after a call is no break: it ends by itself."""
    assert told(house) == []
    assert told(house, members=everybody(house, why=AFTER_CALL)) == []


@pytest.mark.parametrize("state, why", [(UNREACHABLE, ""), (FREE, "用餐")])
def test_P3_no_agent_is_there(house: House, state: str, why: str) -> None:
    """All are away from their telephones, or all rest: one sentence, and no language is named."""
    (only,) = told(house, members=everybody(house, state, why))
    assert only.startswith("None of ") and "can only ask for a callback" in only


def test_P3_no_agent_speaks_a_language(house: House) -> None:
    """A language is named by its word, never by its tag."""
    with transaction(house.factory) as session:
        spoken = {one.phone: one.languages for one in agents(session)}
        only = next(phone for phone, languages in spoken.items() if "ja" not in languages)
    (told_en,) = told(house, members={only: (FREE, "")})
    assert "speaks" in told_en and "Japanese" in told_en
    (told_zh,) = told(house, CHINESE, members={only: (FREE, "")})
    assert "日語" in told_zh and "ja" not in told_zh


def test_P11_the_exchange_does_not_answer(house: House) -> None:
    """With the number of extensions that ring nowhere."""
    (only,) = told(house, exchange="UNAVAILABLE")
    count = len(behind_exchange(then(house)(clock.now()), house.settings.dialling))
    assert count > 10 and f"none of its {count} extensions rings" in only


def test_P7_1_emergency_telephones_of_people_who_do_not_exist(house: House) -> None:
    """The default's until somebody has that login, and any other that is nobody's."""
    (only,) = told(house, supervisors=("supervisor-1", "stranger-9"))
    assert "stranger-9" in only and "supervisor-1" not in only


def test_P5_1_3_nobody_is_on_the_roster_and_there_is_no_agent_yet(
    tmp_path: Path, sqlite_tables: Path
) -> None:
    """A new installation, before anything is imported; what Asterisk cannot say is one sentence."""
    home = put_keys(tmp_path / "home")
    shutil.copyfile(sqlite_tables, home / "hotline.db")
    made = workshop(Settings(home=home), "test")
    asterisk, agents_, duty, phones = told(made, is_gone=True)
    assert asterisk.startswith("Asterisk does not answer") and agents_.startswith("There is no agent yet")
    assert "roster" in duty and "supervisor-1" in phones
    made.engine.dispose()


def test_an_answer_serves_all_who_ask_within_ten_seconds(house: House) -> None:
    """Health is asked every few seconds, by several."""
    asked = Telephones(house.settings, everybody(house))
    outlook, at = (
        CallerOutlook(house.factory, cast(Pbx, asked), then(house)),
        clock.taipei("2026-11-25T10:00"),
    )
    assert outlook.now(at) == []
    asked.exchange = "UNAVAILABLE"
    assert outlook.now(at + timedelta(seconds=9)) == []
    assert len(outlook.now(at + timedelta(seconds=10))) == 1


def test_health_is_degraded_by_it_and_a_load_balancer_leaves_the_node_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence, as doctor prints it; Asterisk that is away is told as its own part alone."""
    asked = Telephones(house.settings, everybody(house), exchange="UNAVAILABLE")
    monkeypatch.setattr(
        house, "caller_outlook", CallerOutlook(house.factory, cast(Pbx, asked), then(house)), raising=False
    )
    verdict = Readiness(house, lambda: "", within=30).look()
    assert any(line.startswith("degraded: callers: The exchange") for line in verdict.lines())
    asked.is_gone = True
    monkeypatch.setattr(
        house, "caller_outlook", CallerOutlook(house.factory, cast(Pbx, asked), then(house)), raising=False
    )
    assert list(readiness._callers(house)) == []


def test_the_first_page_says_it_to_who_answers_for_the_city(tmp_path: Path) -> None:
    """And to no agency."""
    pages: Console = console(tmp_path / "home")
    asked = Telephones(pages.house.settings, everybody(pages.house), exchange="UNAVAILABLE")
    pages.house.caller_outlook = CallerOutlook(pages.house.factory, cast(Pbx, asked), then(pages.house))
    said = "承辦人的交換機沒有回應"
    assert said in pages.signed_in("supervisor-1").get("/").text
    assert said not in pages.signed_in("liaison-epb").get("/").text
    pages.house.engine.dispose()
