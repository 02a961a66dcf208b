"""The pages about what callers hear: the flow, the prompts and their sound."""

import io
import re
import shutil
from datetime import datetime, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from hotline.db import transaction
from hotline.runtime_settings import service as tuning
from hotline.settings import Settings
from ivr.call import Call
from ivr.menus import FOLDER, Sources, read_sources
from ivr.numerals import Language
from ivr.prompts import Prompt
from ivr.speech import typed
from ivr.speech.typed import RATE
from ivr.steps import Arrived, Ask, Enqueue, Pressed
from ivr.turns import Switchboard
from ops.wiring import House, workshop
from tests.doors.console import Console, Visitor, console
from tests.doors.test_announcements import murmur, wav
from tests.keys import put_keys
from tests.parts import NO_MESSAGES, NOON, catalogue, menus
from web.sounds import Sounds

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
    assert text.count('<svg class="flow"') == 1 and 'aria-labelledby="flow-title flow-words"' in text
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


# --- changing a menu -----------------------------------------------------------------------------------


EDIT, TEXT = "/menus/edit/main", "/menus/text"
SHIPPED = read_sources(FOLDER)


@pytest.fixture
def own(tmp_path: Path) -> Console:
    """Pages of one's own, for tests that change something."""
    return console(tmp_path / "home")


@pytest.fixture
def admin(own: Console) -> Visitor:
    return own.signed_in(ADMIN)


class Fields(HTMLParser):
    """The fields of a page's forms, as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.found = dict[str, str]()
        self._name, self._is_text = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "input" and name not in ("csrf", "q"):
            self.found[name] = given.get("value", "")
        if tag in ("select", "textarea"):
            self._name, self._is_text = name, tag == "textarea"
            self.found[name] = ""
        if tag == "option" and "selected" in given:
            self.found[self._name] = given.get("value", "\0")

    def handle_data(self, data: str) -> None:
        if self._is_text:
            self.found[self._name] += data.removeprefix("\n") if not self.found[self._name] else data
        elif self._name and self.found[self._name] == "\0":
            self.found[self._name] = data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._name, self._is_text = "", False


def form_of(visitor: Visitor, page: str = EDIT) -> dict[str, str]:
    """The form as the page shows it."""
    reader = Fields()
    reader.feed(visitor.get(page).text)
    return reader.found


def saved(visitor: Visitor, form: dict[str, str], page: str = EDIT, do: str = "save") -> TestResponse:
    """Sent with a reason."""
    return visitor.post(page, {**form, "reason": "手語改由服務人員處理", "do": do}, page=page)


def to_an_agent(form: dict[str, str]) -> dict[str, str]:
    """Key 4 of the main menu leads to a person instead of an information."""
    return {**form, "does-3": "queue:agents"}


def process(own: Console) -> House:
    """A process that answers calls over the same home."""
    return workshop(Settings(home=own.house.settings.home, agi_ports=(1, 2)), "agi-test")


def key_four(house: House, call: Call) -> type:
    """What key 4 of the main menu leads to."""
    turn = Switchboard(house.books, Quiet(), NO_MESSAGES).take_turn(call, Pressed(NOON, "4"))
    return type(turn.steps[-1])


def in_main(house: House) -> Call:
    """A caller in the main menu."""
    board = Switchboard(house.books, Quiet(), NO_MESSAGES)
    call = board.take_turn(board.new_call("a"), Arrived(NOON, "0912345678", "1999")).call
    return board.take_turn(call, Pressed(NOON, "1")).call


class Quiet:
    """A ledger that writes nothing."""

    def write(self, call: Call, facts: object, at: datetime) -> None:
        pass


def looks(house: House, own: Console) -> House:
    """A second passes."""
    house.tuned.refresh(house.factory, own.clock.at + timedelta(seconds=1))
    house.books.refresh()
    return house


def test_row_31_the_next_call_hears_the_edited_menu_and_the_one_in_progress_does_not(
    own: Console, admin: Visitor
) -> None:
    """In both processes within a second, without a restart."""
    one, other = process(own), process(own)
    old = in_main(one)
    assert saved(admin, to_an_agent(form_of(admin))).status_code == 303
    for house in (looks(one, own), looks(other, own)):
        assert (key_four(house, old), key_four(house, in_main(house))) == (Ask, Enqueue)


def test_row_30_a_refused_menu_is_heard_by_nobody(own: Console, admin: Visitor) -> None:
    """The page names the file, the line and what to do; the last good one runs on."""
    house = process(own)
    before = house.books.current
    answer = saved(admin, {**form_of(admin), "tries": "0"})
    assert answer.status_code == 422
    assert "重試次數必須是 1 到 9 的整數，不能是 0（main.toml 第" in answer.text
    assert looks(house, own).books.current == before and not versions(own)


def versions(own: Console) -> list[str]:
    """Who saved, oldest last."""
    with transaction(own.house.factory) as session:
        return [f"{row.author}: {row.reason}" for row in tuning.menus_saved(session)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"does-0": "goto:nowhere"}, "不是選單"),
        ({"does-3": "inform:V-99"}, "不在目錄中"),
        ({"say-0": "V-02b.2"}, "「已知分機號碼，請按一。」還沒有聲音"),
        ({"say-0": ""}, "沒有說出來"),
        ({"does-0": ""}, "必須只做一件事"),
        ({"otherwise": "goto:main"}, "永遠繞圈"),
        ({"seconds": "soon"}, "等候秒數"),
        ({f"press-{at}": "" for at in range(11)}, "沒有按鍵"),
        ({"press-1": "1"}, "列了兩次"),
        ({"press-7": "0", "does-7": "repeat"}, "必須通到服務人員"),
    ],
)
def test_row_30_what_a_caller_would_run_into_is_refused(
    admin: Visitor, change: dict[str, str], told: str
) -> None:
    """Nothing is saved, and the form is still as it was filled in."""
    answer = saved(admin, {**form_of(admin), **change})
    assert answer.status_code == 422 and told in answer.text and "手語改由服務人員處理" in answer.text


def test_a_check_saves_nothing(own: Console, admin: Visitor) -> None:
    """It shows what would change, line by line."""
    answer = saved(admin, to_an_agent(form_of(admin)), do="check")
    assert answer.status_code == 200 and "檢查通過" in answer.text
    assert "-inform = &#34;sign-language-hours&#34;" in answer.text and versions(own) == []


def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(admin: Visitor) -> None:
    """Every choice there is has its place in the form; comments, blank lines and order stay."""
    for menu in menus().menus:
        page = f"/menus/edit/{menu}"
        text = saved(admin, form_of(admin, page), page, "check").text
        assert "檢查通過" in text and not re.findall(r'<span class="(?:added|removed)">', text)


def test_a_key_that_was_taken_out_stays_out_of_the_others_lines(own: Console, admin: Visitor) -> None:
    """Also when the form was shown once more in between:
    the comments of the keys behind it are still theirs.
    """
    page = "/menus/edit/language"
    reader = Fields()
    reader.feed(saved(admin, {**form_of(admin, page), "press-1": ""}, page, "check").text)
    assert saved(admin, reader.found, page).status_code == 303
    assert sources_in_force(own)["language.toml"] == SHIPPED["language.toml"].replace(
        '[[key]]\npress = "2"\nsay = "V-02.2"\nlanguage = "nan-TW"\ngoto = "main"\n\n', ""
    )


def sources_in_force(own: Console) -> Sources:
    """The texts in force."""
    with transaction(own.house.factory) as session:
        row = tuning.menus_in_force(session, own.clock.at)
    assert row
    return row.sources


def test_nothing_is_saved_without_a_reason(own: Console, admin: Visitor) -> None:
    """Who reads the list later was not there."""
    answer = admin.post(EDIT, {**to_an_agent(form_of(admin)), "reason": " ", "do": "save"}, page=EDIT)
    assert answer.status_code == 422 and "請寫下更改的原因" in answer.text and versions(own) == []


def test_of_two_editors_the_second_is_told(own: Console, admin: Visitor) -> None:
    """And the first one's menus stay, also when the second sends again."""
    late = form_of(admin)
    saved(admin, to_an_agent(late))
    for _again in range(2):
        answer = saved(admin, {**late, "tries": "2"})
        assert answer.status_code == 422 and "已經改過選單" in answer.text
    assert len(versions(own)) == 1


def test_every_version_is_kept_and_one_click_brings_it_back(own: Console, admin: Visitor) -> None:
    """With who, when and why; the files of the program too."""
    house = process(own)
    shipped = house.books.current
    saved(admin, to_an_agent(form_of(admin)))
    own.clock.goes_on(timedelta(minutes=1))
    first = looks(house, own).books.current
    saved(admin, {**form_of(admin), "tries": "2"})
    own.clock.goes_on(timedelta(minutes=1))
    page = admin.get("/menus/versions").text
    assert "示範管理員" in page and "手語改由服務人員處理" in page
    (number,) = re.findall(r'action="/menus/versions/(\d+)"', page)
    assert admin.post(f"/menus/versions/{number}", {}, page="/menus/versions").status_code == 303
    assert looks(house, own).books.current == first
    own.clock.goes_on(timedelta(minutes=1))
    assert admin.post("/menus/versions/files", {}, page="/menus/versions").status_code == 303
    assert looks(house, own).books.current == shipped
    assert [line.partition(":")[0] for line in versions(own)] == ["admin-1"] * 3
    assert admin.post("/menus/versions/999", {}, page="/menus/versions").status_code == 422


def test_a_new_menu_is_written_as_text_together_with_the_key_that_leads_to_it(
    own: Console, admin: Visitor
) -> None:
    """Each alone would be refused."""
    form = form_of(admin, TEXT)
    main = SHIPPED["main.toml"].replace('inform = "sign-language-hours"', 'goto = "sign"')
    sign = 'name = "sign"\ntries = 2\notherwise = { queue = "agents" }\nseconds = 5\n\n[[key]]\npress = "0"\nsay = "V-02b.0"\nqueue = "agents"\n'
    place = next(name for name, value in form.items() if value == "main.toml").partition("-")[2]
    alone = saved(admin, {**form, "file-3": "sign", "text-3": sign}, TEXT)
    assert alone.status_code == 422 and "沒有任何按鍵通到這個選單" in alone.text
    assert (
        saved(admin, {**form, "file-3": "sign", "text-3": sign, f"text-{place}": main}, TEXT).status_code
        == 303
    )
    assert "sign" in looks(process(own), own).books.book().menus.menus
    assert admin.get("/menus/edit/sign").status_code == 200


def test_a_menu_that_is_none_is_said_so(admin: Visitor) -> None:
    """With where to look."""
    answer = admin.get("/menus/edit/nowhere")
    assert answer.status_code == 404 and "選單與提示語" in answer.text


# --- phrases of one's own ------------------------------------------------------------------------------


@pytest.fixture
def voices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A synthesiser that murmurs."""
    monkeypatch.setattr(typed, "spoken", lambda text, language: murmur(1 + len(text) / 400, RATE))


def shown(answer: TestResponse) -> dict[str, str]:
    """The fields of a page that was answered."""
    reader = Fields()
    reader.feed(answer.text)
    return reader.found


def listens(visitor: Visitor, answer: TestResponse) -> None:
    """To every new phrase of a page, in each language."""
    for address in re.findall(r'src="(/menus/phrases/[^"]*)"', answer.text):
        with visitor.get(address) as sound:
            assert sound.data.startswith(b"RIFF")


def said_by(house: House, press: str, language: Language = Language.MANDARIN) -> tuple[str, str]:
    """What the key of the main menu says now, and the file that Asterisk plays."""
    key = next(key for key in house.books.book().menus.menus["main"].keys if key.press == press)
    assert key.say
    return house.catalogue.text(key.say.id, language), house.shelf.names((key.say,), language)[0]


def test_a_phrase_moves_with_its_key_and_is_heard_before_it_is_saved(
    own: Console, admin: Visitor, voices: None
) -> None:
    """Keys 1 and 4 change places: what each says names its new key in every language; then an older version
    is brought back and plays its own words, on a machine too that never had their sound.
    """
    house = process(own)
    swapped = {**form_of(admin), "press-0": "4", "press-3": "1"}
    answer = saved(admin, swapped)
    assert answer.status_code == 200 and "還沒聽過" in answer.text and versions(own) == []
    assert "市政諮詢、轉接及陳情，請按四。" in answer.text and "video service, press one." in answer.text
    listens(admin, answer)
    assert saved(admin, shown(answer)).status_code == 303
    text, file = said_by(looks(house, own), "1")
    assert text == "手語視訊服務，請按一。" and file.startswith("hotline/zh-TW/V-02.own-")
    assert (
        said_by(house, "4", Language.ENGLISH)[0] == "For city services, questions and petitions, press four."
    )
    own.clock.goes_on(timedelta(minutes=1))
    page = admin.get("/menus/versions").text
    assert "手語視訊服務，請按一。" in admin.get("/menus").text and versions(own)
    assert admin.post("/menus/versions/files", {}, page="/menus/versions").status_code == 303
    assert said_by(looks(house, own), "1")[0] == "市政諮詢、轉接及陳情，請按一。"
    shutil.rmtree(own.house.settings.announcements)
    own.clock.goes_on(timedelta(minutes=1))
    number = re.findall(r'action="/menus/versions/(\d+)"', admin.get("/menus/versions").text)[0]
    assert admin.post(f"/menus/versions/{number}", {}, page="/menus/versions").status_code == 303, page
    database = f"sqlite:///{own.house.settings.home / 'hotline.db'}"
    elsewhere = Settings(home=put_keys(own.house.settings.home / "elsewhere"), database_url=database)
    for house in (process(own), workshop(elsewhere, "agi-other")):
        text, file = said_by(looks(house, own), "1")
        assert text == "手語視訊服務，請按一。" and file.startswith("hotline/zh-TW/V-02.own-")
        for_twilio, prompt = Sounds(house.shelf, "https://x"), Prompt(file.rpartition("/")[2])
        (address,) = for_twilio.addresses((prompt,), Language.MANDARIN)
        assert for_twilio.content(address.split("/")[-3], "zh-TW", prompt.id)
    assert said_by(house, "4", Language.JAPANESE)[0].endswith("四番を押してください。")


def test_words_of_one_s_own_are_recorded_in_every_language(own: Console, admin: Visitor) -> None:
    """Where no synthesiser is, and in an order of their own; what nobody recorded is said."""
    form = {**form_of(admin), "press-9": "8", "does-9": "queue:agents", "order-9": "1"}
    words = {
        "zh-TW": "路燈通報，請按八。",
        "en": "For street lamps, press eight.",
        "ja": "街灯は、八番を押してください。",
    }
    form |= {f"words-9-{language}": text for language, text in words.items()}
    silent = saved(admin, form)
    assert silent.status_code == 422 and "「路燈通報，請按八。」還沒有聲音" in silent.text
    sounds = {f"file-0-{language}": (io.BytesIO(wav(murmur(1.2))), "x.wav") for language in words}
    answer = admin.post(EDIT, {**shown(silent), **sounds, "do": "check"}, page=EDIT)
    assert answer.status_code == 200 and "還沒聽過" in answer.text
    listens(admin, answer)
    assert saved(admin, shown(answer)).status_code == 303
    first = looks(process(own), own).books.book().menus.menus["main"].keys[0]
    assert first.press == "8" and first.say
    assert own.house.catalogue.text(first.say.id, Language.ENGLISH) == words["en"]
