"""Key 4 of the telephone by real phones: what is heard, who gets an SMS, what its code opens (§14, §18)."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from demo.phone import Answers
from demo.trial import place_call
from demo.trials import this_hotline
from hotline import clock
from hotline.db import transaction
from hotline.outbox.rules import LINK
from hotline.outbox.senders import PURPOSE
from hotline.video.phone_proofs import TEMPLATE
from hotline.video.store import VideoAccount
from tests.calls_at_once import within
from tests.doors.console import Clock, Visitor
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import System, running
from tests.live.test_menus_live import in_order
from web.console.app import create_console

pytestmark = pytest.mark.live
MOBILE, ENGLISH, LANDLINE, HIDDEN = "0912345678", "0987654321", "0229603456", ""
KEYS = {MOBILE: "1,4,4,0", ENGLISH: "4,4,0", LANDLINE: "1,4,0", HIDDEN: "1,4,0"}
SPELLED = ("en/letter.s", "{}/sign.dot", "{}/digit.9", "{}/sign.dot", "en/letter.t", "en/letter.w")
ELSEWHERE = re.compile(r"/(V-04|V-05|V-11|V-19|time|date|count|desk|digit\.pause)\b")
"""Three prompts of four: places in line, agencies, days."""
TORN = 2
"""Pieces of one spelling that a busy machine may tear: they are heard in the other."""


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    refuse_or_go_on()
    with running(video_address="s.9.tw") as one:
        yield one
        assert_clean(one)


@pytest.fixture(scope="module")
def heard(system: System) -> dict[str, list[str]]:
    """What each caller heard, all at once; then an agent answers.

    What is said nowhere here is not listened for: who hears slowly presses late. Digits before a pause are
    left out, since some are the very sound of a digit alone.
    """

    def rings(number: str) -> list[str]:
        here = this_hotline(system.house, system.scratch / f"trial-{number or 'hidden'}")
        prompts = {name: file for name, file in here.prompts.items() if not ELSEWHERE.search(name)}
        hotline = replace(here, prompts=prompts)
        return place_call("1999", KEYS[number], hotline=hotline, caller=number, longest=200.0).heard

    answers = Answers(0.5, 3.5)
    with system.agents(agent_1=answers, agent_2=answers, agent_3=answers):
        with ThreadPoolExecutor(within(len(KEYS))) as pool:
            calls = {number: pool.submit(rings, number) for number in KEYS}
            return {number: call.result() for number, call in calls.items()}


def letters(system: System) -> dict[str, dict[str, Any]]:
    """The files of the outbox by the mobile they are for."""
    files = system.settings.outbox.glob(f"{TEMPLATE}-*.json")
    return {one["to"]: one for one in (json.loads(file.read_text("utf-8")) for file in files)}


@pytest.mark.parametrize(
    ("number", "language", "last"),
    [
        (MOBILE, "zh-TW", "sign-texted"),
        (ENGLISH, "en", "sign-texted"),
        (LANDLINE, "zh-TW", "sign-no-text"),
        (HIDDEN, "zh-TW", "sign-no-text"),
    ],
    ids=["mobile", "english", "landline", "hidden"],
)
def test_the_address_is_spelled_twice_and_who_gets_a_text_is_told(
    heard: dict[str, list[str]], number: str, language: str, last: str
) -> None:
    """Hours, address, once more, whether a text comes, the menu again, and a person behind it."""
    told, menu = heard[number], f"{language}/V-02b.1"
    spelled = tuple(one.format(language) for one in SPELLED)
    before, first = cut(told, f"{language}/sign-address")
    once, rest = cut(first, f"{language}/V-12.again")
    again, behind = cut(rest, f"{language}/{last}")
    assert f"{language}/sign-language-hours" in before and menu in behind, " ".join(told)
    for saying in (once, again):
        assert in_order(tuple(saying), list(spelled)) and len(spelled) - len(saying) <= TORN, told
    assert in_order(spelled, once + again), told
    other = {"sign-texted": "sign-no-text", "sign-no-text": "sign-texted"}[last]
    assert f"{language}/{other}" not in told


def cut(heard: list[str], at: str) -> tuple[list[str], list[str]]:
    """What was heard before a prompt, and what behind it."""
    assert at in heard, " ".join(heard)
    place = heard.index(at)
    return heard[:place], heard[place + 1 :]


def test_the_code_of_the_text_proves_this_mobile_once(system: System, heard: dict[str, list[str]]) -> None:
    """One SMS a call, to mobiles alone, in words and without a link; its code opens an application and no
    session, and nobody can use it again.
    """
    assert heard
    system.until(lambda: len(letters(system)) == 2, 30, "both texts are sent")
    found = letters(system)
    assert set(found) == {"+886912345678", "+886987654321"}
    assert len(list(system.settings.outbox.glob(f"{TEMPLATE}-*.json"))) == 2
    sealed = found["+886912345678"]["text"]
    assert "驗證碼" not in sealed
    text = system.house.keys.open_text(PURPOSE, sealed)
    assert "s點9點tw" in text and not LINK.search(text)
    code = re.findall(r"驗證碼(\d{6})", text)[0]
    app = create_console(system.house, clock.now)
    first, second = (Visitor(app.test_client(), Clock(clock.now())) for _ in range(2))
    assert proves(first, code) == 303 and proves(second, code) == 422
    assert "0912-345-678" in first.get("/sign/apply").text and "登入" in first.get("/sign").text
    form = {"name": "林小美", "own": "y"}
    assert first.post("/sign/apply", form, page="/sign/apply").status_code == 303
    with transaction(system.house.factory) as session:
        account = session.scalars(select(VideoAccount)).one()
        assert (account.contact, account.is_proved, account.state) == ("+886912345678", True, "applied")
        assert account.applied_at > clock.now() - timedelta(minutes=1)


def proves(visitor: Visitor, code: str) -> int:
    page = "/sign/apply/code"
    return visitor.post(page, {"number": MOBILE, "code": code}, page=page).status_code
