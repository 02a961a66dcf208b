"""What a clerk or an operator sees of the call flow: by keyboard, as a picture, and as a list of faults."""

from collections.abc import Iterator
from dataclasses import replace

from hotline.clock import taipei
from hotline.survey.drawing import SurveyRehearsal
from hotline.survey.rules import SurveyPlan
from ivr.call import Call, Gone
from ivr.menus import FOLDER, read_sources
from ivr.numerals import Language
from ivr.turn import Surveys
from ivr.walk import walk
from tests.parts import book, catalogue

SHIPPED = read_sources(FOLDER)
DIALPLAN = "\n".join(
    path.read_text("utf-8")
    for path in sorted((FOLDER / "asterisk").iterdir())
    if path.suffix == ".dialplan" or path.name == "extensions.conf"
)


def text(name: str, language: Language = Language.MANDARIN) -> str:
    return catalogue().text(name, language)


# --- by keyboard -------------------------------------------------------------------------------------


def walked(
    *keys: str,
    caller: str = "0912345678",
    at: str = "2026-11-24T12:00",
    bulletin: str = "",
    video_address: str = "",
    survey: Surveys | None = None,
) -> str:
    """The screen after these keys; the call must have ended with the last of them."""
    ahead: Iterator[str] = iter(keys)
    screen: list[str] = []
    on = (bulletin,) if bulletin else ()
    heard = replace(book(*on), video_address=video_address, survey=survey)
    call = walk(heard, caller, taipei(at), lambda prompt: next(ahead), screen.append)
    assert isinstance(call, Call) and call.place == Gone() and next(ahead, None) is None
    return "\n".join(screen)


def test_the_words_are_read_as_they_are_heard() -> None:
    """Greeting, menus in their languages, notice, recording, queue, and the end with its reason."""
    screen = walked("4", "1", "a")
    heard = [text("V-00"), text("V-02.1"), text("V-02.4", Language.ENGLISH), text("V-01", Language.ENGLISH)]
    heard += ["● recording begins", "waiting for an agent who speaks en", "the line hangs up: talked"]
    assert [screen.index(words) for words in heard] == sorted(screen.index(words) for words in heard)
    assert "CallArrived(caller=0912345678, dialled=1999)" in screen


def test_V_19_the_survey_is_walked_by_everybody_once_anybody_is_asked() -> None:
    """Behind the talk: two questions, a wrong key between them, and free words."""
    asked = SurveyRehearsal(SurveyPlan(2))
    screen = walked("1", "1", "a", "5", "9", "3", "很好#", survey=asked)
    heard = [text("V-19.stay"), text("V-19"), text("V-19.clear"), text("not-understood"), text("V-19.words")]
    assert [screen.index(words) for words in heard] == sorted(screen.index(words) for words in heard)
    assert "SurveyAnswered(question=2, score=3)" in screen and "the line hangs up: talked" in screen


def test_a_promise_is_walked_at_any_hour() -> None:
    """Friday 16:00: the four hours end on Monday."""
    screen = walked("1", "1", "", "1", "1", "路燈不亮", at="2026-11-27T16:00")
    assert "due_at=2026-11-30T1" in screen and "■ the line hangs up: promised" in screen
    assert all(f"  {name} " in screen for name in ("date.month.11", "date.day.30", "date.weekday.1"))


def test_silence_wrong_keys_nobody_and_a_hidden_number() -> None:
    """[Enter] is no key; n finds nobody; the number is keyed in."""
    screen = walked("7", "", "n", "12", "0287654321", "1", "", caller="")
    for words in (
        "NoKeyPressed(menu=language, time=2)",
        "known=False",
        "? 15 key(s), 6 s",
        "number=0287654321",
    ):
        assert words in screen


def test_P5_1_1_a_message_is_typed_as_it_would_be_spoken() -> None:
    """Words and #, nothing at all, or the receiver down: the promise stands before all of them."""
    spoken = walked("1", "3", "1", "The lamp is broken#")
    assert "MessageKept(name=walk-message, seconds=4.5, ended=key)" in spoken
    assert [spoken.index(f"  {name} ") for name in ("message-invite", "beep", "message-kept", "V-10.before")]
    assert "  message-empty " in walked("1", "3", "", "")
    for screen in (spoken, walked("1", "3", "", ""), walked("1", "3", "", "h")):
        assert "CallbackPromised(number=0912345678" in screen and "● a message, 120 s at most" in screen


def test_the_sign_language_address_is_read_letter_by_letter() -> None:
    """To a mobile also as an SMS, which is told as a fact; to a landline what else gets one."""
    words = [
        "sign-language-hours",
        "sign-address",
        "letter.s",
        "sign.dot",
        "letter.t",
        "letter.w",
        "V-12.again",
    ]
    for caller, last, is_texted in (
        ("0912345678", "sign-texted", True),
        ("0229603456", "sign-no-text", False),
    ):
        screen = walked("1", "4", "0", "a", caller=caller, video_address="s.tw")
        lines = [line.split()[0] for line in screen.splitlines() if line.startswith("  ") and line.strip()]
        start = lines.index(words[0])
        assert lines[start : start + 12] == [*words, *words[2:6], last]
        assert (f"VideoAddressTexted(number={caller}, address=s.tw)" in screen) is is_texted


def test_h_hangs_up_anywhere() -> None:
    """While asked, and while waiting."""
    assert "■" not in walked("h") and "■" not in walked("0", "h")


def test_a_bulletin_is_walked_too() -> None:
    """Heard before the main menu, with its key."""
    assert "V-03.typhoon" in walked("1", "h", bulletin="V-03.typhoon")
