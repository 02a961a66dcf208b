"""The call centre's own announcements (V-03): typed or recorded, fit to hear, and heard before they are on."""

import io
import shutil
import wave
from base64 import b64encode
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from administration import announcements
from administration.announcements import NotHeard, UnfitSound, read_wav, speak
from hotline import clock
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.staff.service import NotPermitted
from hotline.texts import UnfitText
from ivr.announcements import OWN, Announcements
from ivr.numerals import Language
from ivr.prompts import Prompt, Shelf
from ivr.speech.level import TARGET_DBOV, active_dbov
from ivr.speech.typed import RATE, Unspeakable, VoicesMissing, spoken
from ops.pbx.prompts import put_prompts
from tests.doors.console import Console, console
from tests.doors.programs import program
from web.sounds import Sounds

WORDS = "土城區部分地區今天停水。"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home")


def murmur(seconds: float, rate: int = 16000, level: float = 0.1) -> NDArray[np.float32]:
    """Sound with a voice's band and pauses, the same each time."""
    noise = np.random.default_rng(7).standard_normal(int(seconds * rate))
    speech = np.convolve(noise, np.hanning(9) / 4, "same") * (np.sin(np.arange(len(noise)) / rate * 9) > -0.5)
    return np.asarray(np.clip(speech * level, -0.99, 0.99), np.float32)


def wav(sound: NDArray[np.float32], rate: int = 16000, channels: int = 1, width: int = 2) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes((np.repeat(sound, channels) * 32767).astype("<i2" if width == 2 else "i1").tobytes())
    return made.getvalue()


def voice(text: str, language: Language) -> NDArray[np.float32]:
    """A synthesiser that murmurs."""
    return murmur(len(text) / 4, RATE)


def kept(pages: Console) -> Announcements:
    return pages.house.announcements


def typed(pages: Console, by: str = "admin-1", **texts: str) -> str:
    given = {Language.MANDARIN: WORDS} | {Language(tag): text for tag, text in texts.items()}
    house = pages.house
    return speak(house.factory, house.announcements, given, by=by, at=pages.clock.at, voice=voice)


def sent(pages: Console, data: bytes, words: str = WORDS, login: str = "admin-1") -> tuple[int, str]:
    """A recording sent on its page: the status and where it leads, or the page itself."""
    admin = pages.signed_in(login)
    form = {"file": (io.BytesIO(data), "notice.wav"), "words": words}
    answer = admin.post("/alerts/voice/record", form, content_type="multipart/form-data")
    return answer.status_code, answer.location or answer.text


def test_P4_8_a_recording_is_sent_heard_and_switched_on(pages: Console) -> None:
    """At the level of all prompts, in both of a telephone's bands; every deed on record under a name."""
    status, page = sent(pages, wav(murmur(2.5, 44100, 0.02), 44100, channels=2), login="supervisor-1")
    assert status == 302
    name = page.rpartition("/")[2]
    supervisor = pages.signed_in("supervisor-1")
    assert WORDS in supervisor.get("/alerts").text and "請先聽過每一種語言" in supervisor.get(page).text
    assert "臺語" not in supervisor.get(page).text, "the page's own languages stay in its head"
    refused = supervisor.post("/alerts/voice", {"name": name, "switch": "on"})
    assert refused.status_code == 422 and "請先聽過" in refused.text and pages.house.bulletins.on() == ()
    with supervisor.get(f"{page}/zh-TW.wav") as sound:
        samples, rate = read_wav(sound.data)
    assert rate == 8000 and abs(active_dbov(samples.astype(np.float64), rate) - TARGET_DBOV) < 1
    assert supervisor.post("/alerts/voice", {"name": name, "switch": "on"}).status_code == 302
    assert pages.house.bulletins.on() == (f"V-03.{name}",)
    assert "正在播放" in supervisor.post(f"/alerts/voice/{name}/drop").text
    supervisor.post("/alerts/voice", {"name": name, "switch": "off"})
    assert supervisor.post(f"/alerts/voice/{name}/drop").status_code == 302
    assert not kept(pages) and supervisor.get(page).status_code == 404
    with transaction(pages.house.factory) as session:
        deeds = audit_rows(session, subject=f"announcement:{name}")
        assert [(one.by, (one.after or {}).get("did")) for one in deeds] == [
            ("supervisor-1", "recorded"),
            ("supervisor-1", "heard"),
            ("supervisor-1", "dropped"),
        ]


UNFIT: dict[str, tuple[Callable[[], bytes], str]] = {
    "no wav": (lambda: b"RIFF nothing", "不是可以用的錄音"),
    "eight bits": (lambda: wav(murmur(3.0, level=0.0005), width=1), "不是可以用的錄音"),
    "a moment": (lambda: wav(murmur(0.5)), "不到一秒"),
    "a whisper": (lambda: wav(murmur(3.0, level=0.002)), "太小聲"),
    "silence": (lambda: wav(np.zeros(48000, np.float32)), "太小聲"),
    "a shout": (lambda: wav(np.asarray(np.clip(murmur(3.0, level=9.0) * 9, -1, 1), np.float32)), "破音"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_P4_8_a_recording_that_callers_would_not_understand_is_refused(pages: Console, what: str) -> None:
    """In words, at its field; nothing is kept of it."""
    data, said = UNFIT[what]
    status, page = sent(pages, data())
    assert status == 422 and said in page, page[-3000:]
    assert not kept(pages)
    status, page = sent(pages, wav(murmur(3.0)), words=" ")
    assert status == 422 and "請填寫" in page


def test_P4_8_a_recording_lasts_forty_seconds_at_most(pages: Console) -> None:
    """Whoever calls hears it before anything else."""
    house = pages.house
    for seconds, fits in ((40.0, True), (40.1, False)):
        sound = wav(murmur(seconds, 8000), 8000)
        kept_or_not = nullcontext() if fits else pytest.raises(UnfitSound, match="long")
        with kept_or_not:
            announcements.record(
                house.factory, house.announcements, WORDS, sound, by="admin-1", at=pages.clock.at
            )


def test_P4_8_what_is_typed_is_spoken_in_each_language_that_has_words(pages: Console) -> None:
    """Heard in all of them by whoever switches it on; another person's ear does not count."""
    name = typed(pages, en="Parts of Tucheng have no water today.")
    house = pages.house
    one = announcements.known(kept(pages), name)
    assert set(one.texts) == {Language.MANDARIN, Language.ENGLISH} and one.seconds[Language.MANDARIN] > 2
    for language, by in (("zh-TW", "admin-1"), ("en", "supervisor-1")):
        announcements.hear(house.factory, kept(pages), name, Language(language), by=by, at=pages.clock.at)
        with pytest.raises(NotHeard):
            announcements.refuse_unheard(kept(pages), name, "admin-1")
    announcements.hear(house.factory, kept(pages), name, Language.ENGLISH, by="admin-1", at=pages.clock.at)
    announcements.refuse_unheard(kept(pages), name, "admin-1")


@pytest.mark.parametrize(
    ("texts", "error"),
    [
        ({"zh-TW": " "}, UnfitText),
        ({"zh-TW": "水" * 301}, UnfitText),
        ({"zh-TW": "停水到12月3日"}, Unspeakable),
        ({"zh-TW": "停水\x07"}, UnfitText),
        ({"zh-TW": "請看APP"}, Unspeakable),
        ({"en": "Call 119"}, Unspeakable),
        ({"zh-TW": "水" * 200}, UnfitSound),
    ],
)
def test_P4_8_a_text_that_would_be_read_wrongly_is_refused(
    pages: Console, texts: dict[str, str], error: type[Exception]
) -> None:
    """Nobody hears a guess at it."""
    with pytest.raises(error):
        typed(pages, **texts)
    assert not kept(pages)


def test_P4_8_only_the_call_centre_makes_announcements(pages: Console) -> None:
    """Neither an agent nor a liaison."""
    with pytest.raises(NotPermitted):
        typed(pages, by="agent-1")
    assert pages.signed_in("agent-1").get("/alerts/voice/new").status_code == 403


def test_P4_8_a_program_sends_a_recording_that_a_person_has_to_hear(pages: Console) -> None:
    """It is off until its login has listened on a page; a program is told what the page would say."""
    one = program(pages, "supervisor-1")
    sent = {"words": WORDS, "content": b64encode(wav(murmur(2.0))).decode()}
    made = one.asks("POST", "/announcements/recorded", sent)
    assert made.status_code == 201 and made.json["texts"] == {"zh-TW": WORDS} and made.json["heard"] is False
    name = made.json["name"]
    unheard = one.asks("POST", "/announcements", {"name": name, "on": True})
    assert (unheard.status_code, unheard.json["type"]) == (409, "urn:hotline:problem:not-heard")
    announcements.hear(
        pages.house.factory, kept(pages), name, Language.MANDARIN, by="supervisor-1", at=pages.clock.at
    )
    assert one.asks("POST", "/announcements", {"name": name, "on": True}).status_code == 200
    assert one.asks("POST", f"/announcements/{name}/drop", {}).status_code == 409
    one.asks("POST", "/announcements", {"name": name, "on": False})
    assert one.asks("POST", f"/announcements/{name}/drop", {}).status_code == 200 and not kept(pages)
    assert one.asks("POST", f"/announcements/{name}/drop", {}).status_code == 404
    short = sent | {"content": b64encode(wav(murmur(0.5))).decode()}
    assert (
        one.asks("POST", "/announcements/recorded", short).json["type"] == "urn:hotline:problem:unfit-sound"
    )
    assert one.asks("POST", "/announcements/recorded", sent | {"content": "?"}).status_code == 422
    typed = one.asks("POST", "/announcements/typed", {"texts": {"zh-TW": "停水到12月"}})
    assert (typed.status_code, typed.json["type"]) == (422, "urn:hotline:problem:unspeakable")


def test_P4_8_without_voices_the_page_says_what_to_do(pages: Console) -> None:
    """Where voices are not installed, it leads to where a recording is sent."""
    admin = pages.signed_in("admin-1")
    guessed = admin.post("/alerts/voice/new", {"mandarin": WORDS, "english": "Call 119"})
    assert guessed.status_code == 422 and 'href="#english"' in guessed.text
    assert "沒有安裝語音合成" in admin.get("/alerts/voice/new").text
    refused = admin.post("/alerts/voice/new", {"mandarin": WORDS})
    assert refused.status_code == 422 and "請上傳錄音檔" in refused.text
    with pytest.raises(VoicesMissing):
        spoken(WORDS, Language.MANDARIN)


def test_P4_8_every_line_plays_it_where_its_copies_are(pages: Console, tmp_path: Path) -> None:
    """Asterisk by name, in Mandarin where a language has none; Twilio by an address that names its content;
    and the next start of Asterisk leaves it there.
    """
    sounds, house = tmp_path / "sounds", pages.house
    put_prompts(house.settings.prompts, sounds)
    own = Announcements(tmp_path / "own", clock.monotonic, lambda: sounds / "hotline")
    at = pages.clock.at
    name = OWN + speak(
        house.factory, own, {Language.MANDARIN: WORDS}, by="admin-1", at=at, voice=voice
    ).removeprefix("own-")
    missing = list[tuple[str, Language]]()
    catalogue = house.catalogue.with_own(own)
    shelf = Shelf(
        catalogue,
        house.settings.prompts,
        lambda one, language: missing.append((one, language)),
        played=sounds / "hotline",
        own=own,
    )
    for language in (Language.MANDARIN, Language.JAPANESE):
        assert shelf.names((Prompt(name),), language) == [f"hotline/zh-TW/{name}"]
    assert missing == [] and catalogue.text(name, Language.JAPANESE) == WORDS and shelf.lost() == []
    twilio = Sounds(Shelf(catalogue, house.settings.prompts, own=own), "https://x")
    (address,) = twilio.addresses((Prompt(name),), Language.MANDARIN)
    digest = address.split("/")[-3]
    assert twilio.content(digest, "zh-TW", name) == own.file(name, Language.MANDARIN).read_bytes()
    put_prompts(house.settings.prompts, sounds, tmp_path / "own")
    assert (sounds / "hotline" / "zh-TW" / f"{name}.sln16").exists()
    own.drop(name)
    assert not list((tmp_path / "own").rglob(f"*{name}*")) and name not in catalogue


def test_P4_8_a_damaged_note_is_none_and_another_process_sees_a_new_one(
    pages: Console, tmp_path: Path
) -> None:
    """Within a second, without a database."""
    seconds = iter(range(100))
    other = Announcements(kept(pages).folder, lambda: next(seconds))
    assert not other
    name = typed(pages)
    (kept(pages).folder / f"{OWN}damaged.json").write_text("{", "utf-8")
    assert list(other) == [f"V-03.{name}"]
    shutil.rmtree(kept(pages).folder)
    assert not other
