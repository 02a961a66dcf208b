"""P3-b: two menus, the same by day and night; a person from everywhere; nobody is stuck."""

from tests.turns.rows import Rows
from tests.turns.scene import Caller, menu_sounds
from tests.turns.twilio_line import NUMBER

LANGUAGES = ("zh-TW/V-02.1", "zh-TW/V-02.2", "zh-TW/V-02.3", "en/V-02.4")
MAIN = tuple(menu_sounds("V-02b.1", "V-02b.2", "V-02b.3", "V-02b.4", "V-02b.0", "V-02b.star"))


def test_P3_b_the_greeting_comes_first_then_every_language_in_its_own_voice(caller: Caller) -> None:
    """V-00, then the language menu; nothing is recorded yet."""
    caller.dials().hears_of("zh-TW/V-00", *LANGUAGES).is_recorded(False)
    assert caller.heard[0] == "hotline/zh-TW/V-00"


def test_P3_b_1_1_reaches_an_agent_and_is_recorded_after_the_notice(caller: Caller) -> None:
    """國語, whose notice is heard, then city services: no menu is recorded, but who waits for a person is."""
    caller.dials().presses("1").hears("zh-TW/V-01", *MAIN).is_recorded(False)
    caller.presses("1").hears("zh-TW/to-an-agent").is_("queue", "zh-TW").is_recorded()


def test_P3_b_english_hears_its_own_notice_before_recording(caller: Caller) -> None:
    """V-01 in English, then the menu in English; the queue asks for English."""
    caller.dials().presses("4").is_recorded(False)
    assert caller.last.heard[0] == "hotline/en/V-01"
    caller.hears_of("en/V-02b.1").presses("1").is_("queue", "en").is_recorded()


def test_P3_b_a_language_without_a_voice_says_so_and_still_asks_for_its_agent(caller: Caller) -> None:
    """臺語: said honestly, Mandarin goes on, the queue asks for an agent who speaks it."""
    caller.dials().presses("2").hears("zh-TW/lang-not-ready.nan-TW", "zh-TW/V-01", *MAIN)
    caller.presses("1").is_("queue", "nan-TW")


def test_P3_b_zero_and_nine_reach_a_person_from_everywhere(caller: Caller) -> None:
    """Also from the language menu; the notice comes first, in Mandarin, and who has heard it is recorded."""
    caller.dials().presses("9").hears("zh-TW/V-01", "zh-TW/to-an-agent").is_("queue", "zh-TW").is_recorded()


def test_P3_b_star_repeats_and_is_no_miss(caller: Caller) -> None:
    """Ten times the menu again, and still the third miss leads to a person."""
    caller.dials().presses("1", *"**********").hears(*MAIN).says_nothing(2).is_("ask")
    caller.says_nothing().is_("queue")


def test_P3_b_who_presses_nothing_hears_the_languages_once_and_goes_to_a_person(caller: Caller) -> None:
    """The notice in Mandarin on the way, and who has heard it is recorded."""
    caller.dials().says_nothing().hears("zh-TW/V-01", "zh-TW/to-an-agent").is_("queue", "zh-TW").is_recorded()


def test_P3_b_after_the_third_silence_in_the_main_menu_a_person(caller: Caller) -> None:
    """Twice the menu is said again, the third time the caller goes to a person."""
    caller.dials().presses("1").says_nothing(2).is_("ask").says_nothing().is_("queue", "zh-TW")


def test_P3_b_after_the_third_wrong_key_a_person(caller: Caller) -> None:
    """Keys not offered count like silence, also # and keys of services that do not exist yet."""
    caller.dials().presses("1", "7", "#", "5").is_("queue", "zh-TW")


def test_P3_b_misses_of_one_menu_do_not_count_in_the_next(caller: Caller) -> None:
    """A wrong key in the language menu leaves three tries in the main menu."""
    caller.dials().presses("7", "1").says_nothing(2).is_("ask").says_nothing().is_("queue")


def test_P6_3_sign_language_hours_are_told_and_the_menu_again(caller: Caller) -> None:
    """Key 4: hours and how, then the same menu."""
    caller.dials().presses("1", "4").hears("zh-TW/sign-language-hours", *MAIN).is_("ask", "1 5")


def test_who_hears_an_information_to_its_end_is_informed_on_record(caller: Caller, rows: Rows) -> None:
    """Once an information; who hears only menus was informed of nothing."""
    caller.dials().presses("1", "4", "4").says_nothing()
    line = caller.line
    if hasattr(line, "unique_id"):
        assert rows.events(line.unique_id).count("InformationHeard") == 2


def test_P3_b_no_bulletin_no_key_five(caller: Caller) -> None:
    """Only keys that work are announced, and 5 is a wrong key while nothing is on."""
    caller.dials().presses("1", "5").hears("zh-TW/not-understood", *MAIN)


def test_P0_b_a_call_has_one_row_and_its_events_in_order(caller: Caller, rows: Rows) -> None:
    """Menus and keys in the order they happened; the same rows however often a turn is asked again."""
    caller.dials().presses("1", "1").talks().is_("end", "talked")
    line = caller.line
    if not hasattr(line, "unique_id"):
        return
    call = rows.call(line.unique_id)
    assert (call.caller, call.language, call.last_menu) == ("+886912345678", "zh-TW", "main")
    assert call.dialled in {"1999", NUMBER}
    kinds = [kind for kind in rows.events(line.unique_id) if kind != "CallEnded"]  # Twilio tells it at once
    assert kinds[:2] == ["CallArrived", "MenuHeard"]
    assert kinds[-1] == "CallEnding" and kinds.count("KeyPressed") == 2
