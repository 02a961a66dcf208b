"""The pages about what callers hear: the flow, the prompts and their sound."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from tests.doors.console import Console, Visitor, console
from tests.parts import catalogue, menus

OFFICER, ADMIN = "officer-5112", "admin-1"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return console(tmp_path_factory.mktemp("console") / "home")


@pytest.fixture(scope="module")
def officer(pages: Console) -> Visitor:
    return pages.signed_in(OFFICER)


# --- the flow ----------------------------------------------------------------------------------------


def test_the_flow_is_drawn_and_told_in_words(officer: Visitor) -> None:
    """Every key of every menu, with the words callers hear, in each language that has a voice."""
    text = officer.get("/menus").text
    assert text.count("<svg") == 1 and 'aria-labelledby="flow-title flow-words"' in text
    for menu in menus().menus.values():
        for key in menu.keys:
            if key.say:
                assert catalogue().text(key.say.id, key.say.language or "zh-TW") in text  # type: ignore[arg-type]
    assert "For city services, questions and petitions, press one." in text
    assert "市政諮詢、轉接佮陳情" not in text  # Taiwanese has no voice yet


def test_a_prompt_is_found_by_its_words(officer: Visitor) -> None:
    """In any language, and by its number; what is not there is said so."""
    for asked in ("sign language", "手語視訊", "V-02b.4"):
        assert "V-02b.4" in officer.get("/menus/prompts", query_string={"q": asked}).text
    assert "沒有提示語含有" in officer.get("/menus/prompts", query_string={"q": "%_恐龍"}).text


# --- the sound ---------------------------------------------------------------------------------------


def test_a_player_gets_the_file_its_address_names(officer: Visitor) -> None:
    """The digest is that of the bytes; a browser may keep them and ask for a part."""
    addresses = re.findall(r'<audio[^>]* src="(/menus/sound/(\w+))"', officer.get("/menus").text)
    assert len(addresses) > 20
    address, digest = addresses[0]
    answer = officer.get(address)
    assert answer.mimetype == "audio/wav" and sha256(answer.data).hexdigest() == digest
    assert answer.headers["Cache-Control"] == "private, max-age=86400"
    part = officer.get(address, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"RIFF")


@pytest.mark.parametrize(
    "asked", ["0" * 64, "x", "..%2F..%2Fetc%2Fpasswd", "zh-TW%2FV-01", "%00", "V-01.wav"]
)
def test_what_is_no_digest_of_a_prompt_is_nothing(officer: Visitor, asked: str) -> None:
    """No path is made of it."""
    assert officer.get(f"/menus/sound/{asked}").status_code == 404


def test_a_recording_is_no_prompt(pages: Console, officer: Visitor) -> None:
    """Not even by its digest."""
    folder = Path(pages.house.settings.recordings)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "call.wav").write_bytes(b"RIFF secret")
    assert officer.get(f"/menus/sound/{sha256(b'RIFF secret').hexdigest()}").status_code == 404


def test_strangers_hear_nothing(pages: Console, officer: Visitor) -> None:
    """The sound is behind the door as well."""
    (address,) = re.findall(r'src="(/menus/sound/\w+)"', officer.get("/menus").text)[:1]
    assert pages.stranger().get(address).status_code == 302
