"""The page that dials 1999: there only where it is wanted; its account ends with the hour; what is said is its own."""

from datetime import timedelta
from pathlib import Path

import pytest

from ops.captions import Captions
from ops.visitors import password_at, secrets_at
from tests.doors.console import Console, console


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home", browser_phones=True)


def test_without_browser_phones_there_is_no_page(tmp_path: Path) -> None:
    """Neither page nor account, and no page may use a microphone."""
    visitor = console(tmp_path / "home").stranger()
    assert visitor.get("/phone").status_code == 404
    assert visitor.post("/phone/account", page="/sign-in").status_code == 404
    headers = visitor.get("/sign-in").headers
    assert (
        "microphone=()" in headers["Permissions-Policy"] and "ws:" not in headers["Content-Security-Policy"]
    )


def test_a_page_gets_an_account_of_the_hour(pages: Console) -> None:
    """By a form of ours only; Asterisk takes it this hour and the next, and then no more."""
    visitor = pages.stranger()
    refused = visitor.client.post("/phone/account", base_url="https://console.test")
    assert refused.status_code == 400
    given = visitor.post("/phone/account", page="/phone").json
    assert given is not None
    settings, at = pages.house.settings, pages.clock.at
    taken = [
        [password for _, password in secrets_at(settings, at + timedelta(hours=hours))] for hours in range(3)
    ]
    assert [given["password"] in some for some in taken] == [True, True, False]
    assert given["password"] == password_at(settings, at) and len(given["page"]) == 32


def test_passwords_are_each_installation_s_own(pages: Console, tmp_path: Path) -> None:
    """Nobody makes one without the house's secret."""
    other = console(tmp_path / "other", browser_phones=True)
    assert password_at(other.house.settings, pages.clock.at) != password_at(
        pages.house.settings, pages.clock.at
    )


def test_a_page_reads_what_was_said_to_it_and_nothing_else(pages: Console) -> None:
    """In the language it was said in, each once; another page's words stay its own."""
    captions: Captions = pages.app.extensions["captions"]
    mine, another = "a" * 32, "b" * 32
    captions.hear({"Event": "UserEvent", "UserEvent": "Said", "Page": mine, "Prompts": "hotline/zh-TW/V-01"})
    captions.hear(
        {"Event": "UserEvent", "UserEvent": "Said", "Page": mine, "Prompts": "&hotline/en/to-an-agent"}
    )
    captions.hear({"Event": "UserEvent", "UserEvent": "Said", "Page": another, "Prompts": "hotline/en/V-01"})
    captions.hear({"Event": "UserEvent", "UserEvent": "Other", "Page": mine, "Prompts": "hotline/en/V-01"})
    visitor = pages.stranger()
    told = visitor.get(f"/phone/said?page={mine}&after=0").json
    assert told is not None
    assert [(one["number"], one["language"]) for one in told] == [(1, "zh-TW"), (2, "en")]
    assert "錄音" in told[0]["text"]
    assert [one["number"] for one in visitor.get(f"/phone/said?page={mine}&after=1").json or ()] == [2]


@pytest.mark.parametrize("page", ["", "x", "A" * 32, "a" * 31, "../" + "a" * 29])
def test_a_page_that_is_none_reads_nothing(pages: Console, page: str) -> None:
    """Names are ours."""
    assert pages.stranger().get("/phone/said", query_string={"page": page}).status_code == 404


def test_what_asterisk_never_says_is_no_caption() -> None:
    """A hostile or torn event is passed over, and old pages are forgotten."""
    captions = Captions()
    captions.hear({"UserEvent": "Said", "Page": "c" * 32, "Prompts": "&&;rm -rf&<b>"})
    assert [one.prompts for one in captions.since("c" * 32, 0)] == [()]
    for number in range(600):
        captions.hear({"UserEvent": "Said", "Page": f"{number:032x}", "Prompts": "hotline/en/V-01"})
    assert captions.since("c" * 32, 0) == []
    assert len(captions.since(f"{599:032x}", 0)) == 1
