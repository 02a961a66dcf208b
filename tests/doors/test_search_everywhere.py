"""The same words on pages, at the desk, over the API and by command: the same answers, as sure."""

import pytest
from click.testing import CliRunner

from hotline import clock
from ops.cli.main import main
from tests.doors.console import Console, console
from tests.doors.programs import program

ASKED = {
    "垃圾": ("垃圾車幾點會到我家附近？", "環境清潔科"),
    "噪音": ("晚上工地很吵，可以檢舉嗎？", "噪音管制科"),
    "路燈": ("路燈不亮，要跟誰說？", "路燈管理科"),
    "停車": ("身障停車證要怎麼辦？", "停車管理科"),
}
"""What a caller is told first, and which section alone is named."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    """A city with a book, in which nothing is changed."""
    return console(tmp_path_factory.mktemp("search") / "home", has_book=True)


def typed(pages: Console, asked: str) -> list[str]:
    """The lines that the command answers."""
    home = {"HOTLINE_HOME": str(pages.house.settings.home)}
    told = CliRunner().invoke(main, ["find", asked], env=home)
    assert told.exit_code == 0, told.output
    return told.output.splitlines()


def test_every_door_answers_a_word_alike(pages: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """As written, and nothing that is merely like it."""
    monkeypatch.setattr(clock, "now", lambda: pages.clock.at)
    agent, reader = pages.signed_in("agent-1"), program(pages, "admin-1")
    for asked, (question, section) in ASKED.items():
        entries, people = (agent.get(f"/desk/{what}?q={asked}").json for what in ("knowledge", "who"))
        assert entries[0]["question"] == question and {one["match"] for one in entries} == {"字面"}
        assert {(one["section"], one["match"]) for one in people} == {(section, "字面")}
        book, desks = (reader.reads(f"/{what}?q={asked}") for what in ("knowledge", "desks"))
        assert book["items"][0]["entry"]["question"] == question and desks["items"]
        assert {one["match"] for one in book["items"] + desks["items"]} == {"written"}
        assert book["similar"] == desks["similar"] == []
        assert (
            agent.get(f"/knowledge?q={asked}").text.partition('<ul class="entries">')[2].index(question) < 300
        )
        assert section in agent.get(f"/directory?q={asked}").text
        lines = typed(pages, asked)
        assert all("as written" in line for line in lines) and section in lines[0]
        assert next(line for line in lines if line.startswith("entry ")).endswith(f"{question} as written")


@pytest.mark.parametrize("asked", ["zzqq沒有", "沒有這個人"])
def test_every_door_says_that_nothing_is_found_and_whom_to_ask(
    pages: Console, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    """An agent is led to asking an agency."""
    monkeypatch.setattr(clock, "now", lambda: pages.clock.at)
    agent, reader = pages.signed_in("agent-1"), program(pages, "admin-1")
    for path, says in (
        ("/knowledge", "沒有找到"),
        ("/directory", "沒有符合的人"),
        ("/news", "沒有找到"),
    ):
        page = agent.get(f"{path}?q={asked}").text
        assert says in page and "相近" not in page and "/knowledge/requests/new?question=" in page
    assert agent.get(f"/desk/knowledge?q={asked}").json == agent.get(f"/desk/who?q={asked}").json == []
    for what in ("knowledge", "desks", "news"):
        told = reader.reads(f"/{what}?q={asked}")
        assert (told["items"], told["total"], told["similar"]) == ([], 0, [])
    assert typed(pages, asked)[0] == "nothing is found" and "徵詢機關" in typed(pages, asked)[1]


def test_messages_tell_what_is_only_similar_apart(pages: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the board and over the API, as the book does; so does the command of book and directory."""
    monkeypatch.setattr(clock, "now", lambda: pages.clock.at)
    agent, reader = pages.signed_in("agent-1"), program(pages, "admin-1")
    sure, _, similar = agent.get("/news?q=聯合婚禮").text.partition("相近的 ")
    assert "聯合婚禮開始報名" in sure and "字面 · " in sure and not similar
    sure, _, similar = agent.get("/news?q=聯合婚宴報名").text.partition("相近的 ")
    assert "沒有完全符合的" in sure and "聯合婚禮開始報名" in similar and "相近 · " in similar
    told = reader.reads("/news?q=聯合婚宴報名")
    assert (told["items"], [one["match"] for one in told["similar"]]) == ([], ["similar"])
    assert reader.reads("/news")["items"][0]["match"] is None
    lines = typed(pages, "罰單分期付款")
    assert lines[0] == "nothing fits exactly" and lines[2] == "similar:" and lines[3].endswith(" similar")
