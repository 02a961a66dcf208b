"""What a clerk or an operator sees of the call flow: by keyboard, as a picture, and as a list of faults."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hotline.clock import taipei
from hotline.settings import Settings
from ivr.call import Call, Gone
from ivr.catalogue import Catalogue
from ivr.menus import FOLDER, read_sources
from ivr.numerals import Language
from ops.asterisk_files import rendered_dialplan
from ops.examine import contexts, examine
from ops.flowchart import mermaid
from ops.walk import walk
from tests.parts import NOON, book, catalogue, full_shelf, menus, written

SHIPPED = read_sources(FOLDER)
DIALPLAN = "\n".join(
    path.read_text("utf-8")
    for path in sorted((FOLDER / "asterisk").iterdir())
    if path.suffix == ".dialplan" or path.name == "extensions.conf"
)


def text(name: str, language: Language = Language.MANDARIN) -> str:
    return catalogue().text(name, language)


# --- by keyboard -------------------------------------------------------------------------------------


def walked(*keys: str, caller: str = "0912345678", at: str = "2026-11-24T12:00", bulletin: str = "") -> str:
    """The screen after these keys; the call must have ended with the last of them."""
    ahead: Iterator[str] = iter(keys)
    screen: list[str] = []
    on = (bulletin,) if bulletin else ()
    call = walk(book(*on), caller, taipei(at), lambda prompt: next(ahead), screen.append)
    assert isinstance(call, Call) and call.place == Gone() and next(ahead, None) is None
    return "\n".join(screen)


def test_the_words_are_read_as_they_are_heard() -> None:
    """Notice, menus in their languages, recording, queue, and the end with its reason."""
    screen = walked("4", "1", "a")
    heard = [text("V-01"), text("V-02.1"), text("V-02.4", Language.ENGLISH), text("V-01b", Language.ENGLISH)]
    heard += ["● recording begins", "waiting for an agent who speaks en", "the line hangs up: talked"]
    assert [screen.index(words) for words in heard] == sorted(screen.index(words) for words in heard)
    assert "CallArrived(caller=0912345678, dialled=1999)" in screen


def test_a_promise_is_walked_at_any_hour() -> None:
    """Friday 16:00: the four hours end on Monday."""
    screen = walked("1", "1", "", "1", "路燈不亮", at="2026-11-27T16:00")
    assert "due_at=2026-11-30T1" in screen and "■ the line hangs up: promised" in screen
    assert all(f"  {name} " in screen for name in ("date.month.11", "date.day.30", "date.weekday.1"))


def test_silence_wrong_keys_nobody_and_a_hidden_number() -> None:
    """[Enter] is no key; n finds nobody; the number is keyed in."""
    screen = walked("", "7", "", "n", "12", "0287654321", "1", "", caller="")
    for words in (
        "NoKeyPressed(menu=language, time=1)",
        "known=False",
        "? 15 key(s), 6 s",
        "number=0287654321",
    ):
        assert words in screen


def test_P5_1_1_a_message_is_typed_as_it_would_be_spoken() -> None:
    """Words and #, nothing at all, or the receiver down: the promise stands before all of them."""
    spoken = walked("1", "3", "The lamp is broken#")
    assert "MessageKept(name=walk-message, seconds=4.5, ended=key)" in spoken
    assert [spoken.index(f"  {name} ") for name in ("message-invite", "beep", "message-kept", "V-10.before")]
    assert "  message-empty " in walked("1", "3", "")
    for screen in (spoken, walked("1", "3", ""), walked("1", "3", "h")):
        assert "CallbackPromised(number=0912345678" in screen and "● a message, 120 s at most" in screen


def test_h_hangs_up_anywhere() -> None:
    """While asked, and while waiting."""
    assert "■" not in walked("h") and "■" not in walked("0", "h")


def test_a_bulletin_is_walked_too() -> None:
    """Heard before the main menu, with its key."""
    assert "V-03.typhoon" in walked("1", "h", bulletin="V-03.typhoon")


# --- as a picture ------------------------------------------------------------------------------------

LINE = re.compile(
    r'flowchart TD|  \w+[\[({]+".*?"[\])}]+(?: --> \w+[\[({]*(?:".*?"[\])}]+)?)?|  \w+ -- ".*?" --> \w+.*|  \w+ --> \w+|  \w+ -\. .+ \.-> \w+'
)


def test_every_menu_and_key_is_in_the_chart() -> None:
    """One arrow a key with what is said, a dotted one for silence, and the ways that are always there."""
    chart = mermaid(menus(), catalogue())
    for menu in menus().menus.values():
        for key in menu.keys:
            assert f'  {menu.name} -- "{key.press} ' in chart
        assert f"  {menu.name} -. {menu.tries} × no key" in chart
    assert "  notice --> language\n" in chart
    assert f'  language -- "1 {text("V-02.1")}" --> main\n' in chart


def test_only_keys_that_reach_a_person_are_drawn_to_one() -> None:
    """* repeats everywhere; it does not lead to the queue."""
    assert '  everywhere(["everywhere: 0, 9"]) --> agents\n' in mermaid(menus(), catalogue())


def test_9_1_transfers_are_in_the_chart() -> None:
    """From key 2 and from an agent's talk, by day and by night, to an officer, back, or to a promise."""
    lines = mermaid(menus(), catalogue()).splitlines()
    assert f'  main -- "2 {text("V-02b.2")}" --> extension' in lines
    for arrow in ("talk -- .* --> transfer", "transfer -- .* --> promise", "duty -- .* --> back.*",
                  "ring -- .* --> officer.*", "ring -- .* --> ring", "back -- .* --> agents"):  # fmt: skip
        assert any(re.fullmatch(f"  {arrow}", line) for line in lines), arrow


def test_every_line_is_one_that_mermaid_reads() -> None:
    """A node, an arrow, or a dotted arrow; no quotation mark within a label."""
    lines = mermaid(menus(), catalogue()).splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert all(line.count('"') % 2 == 0 for line in lines)


def test_a_quotation_mark_in_a_text_does_not_end_the_label() -> None:
    """Somebody will write one."""
    entry = catalogue().entries["V-02b.1"]
    texts = {tag: f'say "{text}"' for tag, text in entry.texts.items()}
    quoted = Catalogue(
        {**catalogue().entries, "V-02b.1": replace(entry, texts=texts)}, catalogue().spoken_languages
    )
    (line,) = (line for line in mermaid(menus(), quoted).splitlines() if 'main -- "1' in line)
    assert line.count('"') == 2


# --- as a list of faults -----------------------------------------------------------------------------


def examined(dialplan: str = DIALPLAN, menu_folder: Path = FOLDER) -> list[tuple[str, str]]:
    return examine(catalogue(), full_shelf(), menu_folder, dialplan)


def test_what_we_ship_has_no_fault() -> None:
    """Menus, prompts and the dialplan as it is written."""
    assert examined() == []


def test_what_is_installed_has_no_fault(tmp_path: Path) -> None:
    """The dialplan with its settings filled in."""
    assert examined(rendered_dialplan(Settings(home=tmp_path))) == []


FAULTS = {
    "an open pattern": ("exten => _X.,1,NoOp()\n", "open pattern _X.: a caller could choose what it matches"),
    "a greedy pattern": ("exten => _!,1,NoOp()\n", "open pattern _!: a caller could choose what it matches"),
    "an open end": ("exten=>_19X.,1,NoOp()\n", "open pattern _19X.: a caller could choose what it matches"),
    "an unknown sound": (" same => n,Playback(hotline/zh-TW/V-99)\n", "sound hotline/zh-TW/V-99 has no file"),
    "a language nobody speaks": (" same => n,Playback(hotline/fr/V-01)\n", "sound hotline/fr/V-01 has no file"),
    "a sound of one language only": (
        " same => n,Playback(hotline/${LANG}/agent.en)\n", "sound hotline/${LANG}/agent.en has no file",
    ),
    "a family nobody wrote": (
        " same => n,Playback(hotline/zh-TW/animal.${X})\n", "sound hotline/zh-TW/animal.${X} has no file",
    ),
    "one bad sound of several": (
        " same => n,Playback(hotline/zh-TW/V-01&hotline/zh-TW/V-98)\n", "sound hotline/zh-TW/V-98 has no file",
    ),
    "a question nobody answers": (
        " same => n,AGI(agi://127.0.0.1:4573/admin,${X})\n", "agi path 'admin' has no handler",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("line", "fault"), FAULTS.values(), ids=FAULTS.keys())
def test_every_fault_of_a_dialplan_is_told(line: str, fault: str) -> None:
    """One line added to the context of the turns, one fault more."""
    ((part, told),) = examined(DIALPLAN.replace("[line]\n", f"[line]\n{line}"))
    assert part == "dialplan" and told.startswith(fault)


@pytest.mark.parametrize(
    "context", [name for name, body in contexts(DIALPLAN) if "include => out-of-time" in body]
)
def test_a_context_that_forgets_its_time_limit_is_told(context: str) -> None:
    """Each of ours, if it lost the line."""
    head, name, tail = DIALPLAN.partition(f"[{context}]\n")
    broken = head + name + tail.replace("include => out-of-time\n", "", 1)
    assert examined(broken) == [("dialplan", f"context {context} has no exten T")]


@pytest.mark.parametrize("door", ["from-trunk", "from-agents"])
def test_a_time_limit_at_a_door_is_told(door: str) -> None:
    """A caller could dial it: ``sip:T@``."""
    open_to_all = DIALPLAN.replace(f"[{door}]\n", f"[{door}]\ninclude => out-of-time\n")
    assert examined(open_to_all) == [("dialplan", f"context {door} has an exten T that can be dialled")]


def test_a_context_behind_a_comment_is_a_context() -> None:
    """``[more] ; later`` is read by Asterisk like ``[more]``."""
    more = DIALPLAN + "\n[more] ; later\nexten => s,1,Wait(1)\n"
    assert examined(more) == [("dialplan", "context more has no exten T")]


def test_faults_of_menus_are_told_by_their_part(tmp_path: Path) -> None:
    """The clerk's words come through."""
    folder = written(
        tmp_path / "menus", {**SHIPPED, "main.toml": SHIPPED["main.toml"].replace("tries = 3", "tries = 0")}
    )
    ((part, told),) = examined(menu_folder=folder)
    assert part == "menus" and "tries must be" in told


def test_a_lost_sound_file_is_told() -> None:
    """By language and name."""
    shelf = full_shelf()
    shelf._stands = lambda name, language: name != "V-01" or language != "en"  # type: ignore[method-assign]
    assert examine(catalogue(), shelf, FOLDER, DIALPLAN) == [("prompts", "en/V-01: no sound file")]


def test_a_catalogue_without_a_bulletin_is_told() -> None:
    """A typhoon is no time to begin writing one (V-03)."""
    entries = {name: entry for name, entry in catalogue().entries.items() if not name.startswith("V-03.")}
    bare = Catalogue(entries, catalogue().spoken_languages)
    shelf = full_shelf()
    shelf.catalogue = bare
    assert ("prompts", "no emergency bulletin is recorded") in examine(bare, shelf, FOLDER, DIALPLAN)


def test_the_hour_of_a_walk_is_the_one_asked_for() -> None:
    """Nothing on the screen comes from today."""
    assert walked("0", "1", "") == walked("0", "1", "") and str(NOON.year) in walked("0", "1", "")
