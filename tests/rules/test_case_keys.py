"""Keys 6 and 7 (V-11, V-17, P8.1): what is said of a case, to whom, and where doubt ends."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from hotline.cases.asked import AskedCase, NotTold
from hotline.cases.rules import TABLES, CaseState
from hotline.clock import taipei
from ivr import spoken
from ivr.call import Call, InMenu
from ivr.case_facts import CaseDisowned, CaseHeard, CaseNumberSpoken, CaseTried
from ivr.case_keys import WORDS, status
from ivr.engine import Turn, advance
from ivr.numerals import Language
from ivr.steps import (
    Arrived,
    Ask,
    Enqueue,
    Event,
    Fact,
    Left,
    Pressed,
    QueueLeft,
    Silent,
    words_of,
)
from ivr.walk import walk
from tests.parts import NOON, book, catalogue, full_shelf, menus

NUMBER, MOBILE = "115112400012", "+886912345678"
DUE = taipei("2026-11-26T17:30")
OPEN = AskedCase(NUMBER, CaseState.IN_PROGRESS, DUE, can_cancel=True)
OWN, BY_MAIL = replace(OPEN, is_own=True), replace(OPEN, has_code=True)
DONE = replace(OPEN, state=CaseState.DONE, can_cancel=False)


@dataclass
class Desk:
    """One case, as a caller finds it."""

    case: AskedCase | NotTold = OPEN
    code: str = "482913"
    asked: list[tuple[str, str]] = field(default_factory=list)
    told: str = ""

    def find(self, number: str, holder: str, at: datetime) -> AskedCase | NotTold:
        self.asked.append((number, holder))
        return self.case if isinstance(self.case, NotTold) or number == NUMBER else NotTold.UNKNOWN

    def is_code(self, number: str, code: str, holder: str, at: datetime) -> bool | NotTold:
        return code == self.code

    def filed(self, call_id: str) -> str:
        return self.told


class Played:
    """A call in the main menu, with its state through the channel variable at each turn."""

    def __init__(
        self, desk: Desk | None, *, carrier: bool = True, language: Language = Language.MANDARIN
    ) -> None:
        self.book = replace(book(), cases=desk)
        call = Call(
            "a", menus().version, InMenu("main"), "0912345678", language, language, frozenset((language,))
        )
        self.call, self.facts, self.turn = replace(call, from_carrier=carrier), list[Fact](), Turn(call)

    def presses(self, *keys: str) -> "Played":
        for one in keys:
            self.meets(Pressed(NOON, one))
        return self

    def meets(self, event: Event) -> "Played":
        self.turn = advance(self.book, Call.from_json(self.call.to_json()), event)
        self.call = self.turn.call
        self.facts += self.turn.facts
        return self

    @property
    def said(self) -> list[str]:
        return [prompt.id for step in self.turn.steps for prompt in words_of(step)]

    @property
    def waits(self) -> bool:
        """The caller goes to a person."""
        return any(isinstance(step, Enqueue) for step in self.turn.steps)

    @property
    def in_main(self) -> bool:
        return self.call.place == InMenu("main")

    def of(self, kind: type[Fact]) -> list[Fact]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


def digits(number: str = NUMBER) -> Iterator[str]:
    return (prompt.id for prompt in spoken.digits(number, Language.MANDARIN))


# --- keys that are offered -----------------------------------------------------------------------------


def test_without_cases_nobody_is_offered_their_keys() -> None:
    """6 and 7 are wrong keys, and not announced."""
    played = Played(None).presses("6")
    assert played.said[0] == "not-understood" and not {"V-02b.6", "V-02b.7"} & set(played.said)
    assert {"V-02b.6", "V-02b.7"} <= set(Played(Desk()).presses("*").said)


# --- key 6 -----------------------------------------------------------------------------------------------


def test_V_11_the_number_in_fours_the_state_in_plain_words_and_the_due_time() -> None:
    """Nothing else: no name, no place, no free text. Then what may follow."""
    played = Played(Desk()).presses("6")
    assert played.said == ["ask-case"]
    played.presses(f"{NUMBER}#")
    until = [prompt.id for prompt in spoken.instant(DUE, NOON, Language.MANDARIN)]
    told = ["V-11", *digits(), "V-11.working", "V-11.due", *until]
    assert played.said == [*told, "case-next", "V-02b.star", "V-02b.0"]
    ask = played.turn.steps[-1]
    assert isinstance(ask, Ask) and ask.informs == len(told)
    assert played.of(CaseHeard) == [CaseHeard(NUMBER, "IN_PROGRESS")]
    assert played.of(CaseTried) == [CaseTried(NUMBER, "status", True, "0912345678")]


def test_V_12_who_gets_no_message_hears_the_number_when_the_agent_has_hung_up() -> None:
    """Of a case filed in the talk; behind it V-10 of a callback registered by key, or the goodbye."""
    played = Played(Desk(told=NUMBER)).presses("1").meets(QueueLeft(NOON, Left.TALKED))
    twice = ["V-12.before", *digits(), "V-12.again", *digits()]
    assert played.said == [*twice, "thanks-goodbye"] and played.of(CaseNumberSpoken) == [
        CaseNumberSpoken(NUMBER)
    ]
    both = Played(Desk(told=NUMBER)).presses("1").meets(QueueLeft(NOON, Left.TALKED, promised=NOON))
    assert both.said[: len(twice)] == twice and "V-10.before" in both.said
    assert Played(Desk()).presses("1").meets(QueueLeft(NOON, Left.TALKED)).said == []


def test_V_12_a_case_number_is_said_twice_in_fours() -> None:
    """Each group falls, and the last digit ends the number."""
    said = [prompt.id for prompt in spoken.case_number(NUMBER, Language.ENGLISH)]
    assert said == ["V-12.before", *digits(), "V-12.again", *digits()]
    assert [
        at for at, name in enumerate(digits()) if not name.startswith("digit.") or name.count(".") == 2
    ] == [3, 7, 11]


@pytest.mark.parametrize(
    ("state", "word", "is_due"),
    [
        (CaseState.FILED, "filed", True),
        (CaseState.SIGNED, "signed", True),
        (CaseState.STAGE2_PENDING, "working", True),
        (CaseState.EXTERNAL, "external", False),
        (CaseState.DONE, "done", False),
        (CaseState.CANCELLED, "cancelled", False),
    ],
)
def test_V_11_a_state_in_words_and_a_due_time_only_while_the_city_works(
    state: CaseState, word: str, is_due: bool
) -> None:
    said = [one.id for one in status(Played(None).call, replace(OPEN, state=state), NOON)]
    assert f"V-11.{word}" in said and ("V-11.due" in said) is is_due


def test_V_11_a_due_time_that_has_passed_is_told_as_passed() -> None:
    """At equality it is met."""
    call = Played(None).call
    met, late = (status(call, OPEN, DUE + timedelta(seconds=n)) for n in (0, 1))
    assert "V-11.due" in {one.id for one in met} and "V-11.late" in {one.id for one in late}


def test_V_11_every_state_of_a_filed_case_has_its_words_in_every_voice() -> None:
    """A draft has no number to ask by."""
    after = {row.after for rows in TABLES.values() for row in rows if row.after}
    unnumbered = {CaseState.DRAFT, CaseState.NOT_FILED, CaseState.NOTIFYING, CaseState.NOTIFIED}
    assert set(WORDS) == after - unnumbered == set(CaseState) - unnumbered
    for word, language in (
        (word, language) for word in WORDS.values() for language in catalogue().spoken_languages
    ):
        assert catalogue().has_voice(f"V-11.{word}", language)


@pytest.mark.parametrize("language", catalogue().spoken_languages)
def test_V_11_nothing_is_missing_in_any_voice(language: Language) -> None:
    """Japanese has no fragments: digits and times are English there, as elsewhere."""
    played = Played(Desk(), language=language).presses("6", NUMBER)
    prompts = [prompt for step in played.turn.steps for prompt in words_of(step)]
    names = full_shelf().names(prompts, language)
    assert len(names) == len(prompts)
    spoken_in = {name.split("/")[1] for name in names}
    assert spoken_in == ({"ja", "en"} if language is Language.JAPANESE else {language})


def test_after_V_11_star_repeats_one_asks_for_another_two_and_silence_lead_back() -> None:
    played = Played(Desk()).presses("6", NUMBER, "*")
    assert played.said[0] == "V-11"
    assert played.presses("1").said == ["ask-case"]
    assert played.presses(NUMBER, "2").in_main
    assert Played(Desk()).presses("6", NUMBER).meets(Silent(NOON)).in_main
    assert Played(Desk()).presses("6", NUMBER, "0").waits


def test_three_wrong_numbers_lead_to_a_person() -> None:
    """One that is none, one that is too short, none at all; and what is told each time."""
    played = Played(Desk()).presses("6", "115112499999")
    assert played.said == ["case-unknown", "ask-case"]
    assert played.presses("1151").said == ["case-unknown", "ask-case"]
    assert played.meets(Silent(NOON)).waits and played.said[-2:] == ["no-key", "to-an-agent"]
    assert played.of(CaseTried) == [CaseTried("115112499999", "status", False, "0912345678")]


@pytest.mark.parametrize("key", ["0", "9", "0#"])
@pytest.mark.parametrize("deed", ["6", "7"])
def test_P3_b_zero_and_nine_reach_a_person_and_star_asks_again(deed: str, key: str) -> None:
    played = Played(Desk()).presses(deed, "*")
    assert played.said == ["ask-case"] and played.presses(key).waits


@pytest.mark.parametrize(("why", "said"), [(NotTold.AWAY, "case-away"), (NotTold.TOO_OFTEN, "case-agent")])
@pytest.mark.parametrize("deed", ["6", "7"])
def test_who_cannot_be_told_here_hears_so_and_goes_to_a_person(deed: str, why: NotTold, said: str) -> None:
    """The database is away, or the tries of this hour are used up; neither is counted as a try."""
    played = Played(Desk(why)).presses(deed, NUMBER)
    assert played.waits and said in played.said and played.of(CaseTried) == []


# --- key 7 -----------------------------------------------------------------------------------------------


def test_P8_1_the_holder_of_the_mobile_confirms_with_1() -> None:
    """V-17 with the number; then it is a fact, told, and the menu again."""
    played = Played(Desk(OWN)).presses("7", NUMBER)
    assert played.said == ["V-17", *digits(), "V-17.confirm"] and played.of(CaseDisowned) == []
    assert played.presses("1").said[0] == "case-cancelled" and played.in_main
    assert played.of(CaseDisowned) == [CaseDisowned(NUMBER, by_code=False)]


def test_P8_1_two_leads_back_and_nothing_is_cancelled() -> None:
    assert Played(Desk(OWN)).presses("7", NUMBER, "2").in_main


def test_P8_1_without_a_yes_nothing_is_cancelled_and_a_person_asks() -> None:
    """Twice V-17 again, whether silent or wrong; ``*`` repeats it without being a miss."""
    played = Played(Desk(OWN)).presses("7", NUMBER, "5", "*", "*").meets(Silent(NOON))
    assert played.said[0] == "V-17" and not played.waits
    assert played.presses("8").waits and played.of(CaseDisowned) == []


def test_P8_1_the_caller_is_known_only_by_the_number_that_the_carrier_gives() -> None:
    """A browser, a telephone at a desk and a hidden number are nobody's mobile."""
    desk = Desk()
    assert Played(desk, carrier=False).presses("7", NUMBER).waits and desk.asked == [(NUMBER, "")]
    for sent, carrier in (("", True), ("0912345678", False)):
        turn = advance(
            book(), Call("a", "", InMenu("language")), Arrived(NOON, sent, "1999", from_carrier=carrier)
        )
        assert turn.call.holder == ""


def test_P8_1_who_is_not_known_goes_to_an_agent() -> None:
    played = Played(Desk(OPEN)).presses("7", NUMBER)
    assert played.waits and "cancel-agent" in played.said


def test_P8_1_the_holder_of_the_e_mail_is_known_by_its_code() -> None:
    """Six digits; the code is nowhere among the facts."""
    played = Played(Desk(BY_MAIL)).presses("7", NUMBER)
    assert played.said == ["ask-code"]
    played.presses("111111")
    assert played.said == ["code-wrong", "ask-code"]
    played.presses("482913#", "1")
    assert played.of(CaseDisowned) == [CaseDisowned(NUMBER, by_code=True)]
    assert [(one.deed, one.known) for one in played.of(CaseTried) if isinstance(one, CaseTried)] == [
        ("cancel", True),
        ("code", False),
        ("code", True),
    ]
    assert not any("482913" in str(fact) or "111111" in str(fact) for fact in played.facts)


def test_P8_1_three_wrong_codes_lead_to_a_person() -> None:
    played = Played(Desk(BY_MAIL)).presses("7", NUMBER, "1", "222222").meets(Silent(NOON))
    assert played.waits and played.of(CaseDisowned) == []


def test_P8_1_after_it_is_done_it_is_noted_only() -> None:
    """And said so before the yes."""
    played = Played(Desk(replace(DONE, is_own=True))).presses("7", NUMBER)
    assert played.said == ["V-11", *digits(), "V-17.late"]
    assert played.presses("1").said[0] == "case-noted"
    assert played.of(CaseDisowned) == [CaseDisowned(NUMBER, by_code=False)]


def test_P8_1_one_that_is_cancelled_is_told_as_that() -> None:
    """Also when somebody cancelled it while V-17 was heard."""
    gone = replace(OWN, state=CaseState.CANCELLED, can_cancel=False)
    assert Played(Desk(gone)).presses("7", NUMBER).said[:14] == ["V-11", *digits(), "V-11.cancelled"]
    desk = Desk(OWN)
    played = Played(desk).presses("7", NUMBER)
    desk.case = gone
    assert "V-11.cancelled" in played.presses("1").said and played.in_main and played.of(CaseDisowned) == []


def test_P8_1_who_lost_the_proof_meanwhile_goes_to_an_agent() -> None:
    """The code was used, or the telephone of the case was changed, while V-17 was heard."""
    for first in (OWN, BY_MAIL):
        desk = Desk(first)
        played = Played(desk).presses("7", NUMBER, *(("482913",) if first is BY_MAIL else ()))
        desk.case = OPEN
        assert played.presses("1").waits and played.of(CaseDisowned) == []


# --- by keyboard -----------------------------------------------------------------------------------------


def test_both_keys_are_walked() -> None:
    """Words as they are heard, and what becomes a fact."""
    keys = iter(("1", "6", NUMBER, "2", "7", NUMBER, "1", "0", "a"))
    screen = list[str]()
    walk(replace(book(), cases=Desk(OWN)), "0912345678", NOON, lambda _ask: next(keys), screen.append)
    shown = "\n".join(screen)
    for words in (
        "承辦機關正在處理。",
        "您要取消案號",
        f"CaseDisowned(case={NUMBER}, by_code=False)",
        "已經取消",
    ):
        assert words in shown
