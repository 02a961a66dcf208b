"""A pothole from the first call to the last: a citizen's telephone, an agent's desk, the agency's pages and
RDEC's, the SMS, a mail server. Time between the calls is given.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trustme
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from demo.phone import Answers, PhoneEventKind
from demo.story import Story
from hotline import clock
from hotline.cases import find
from hotline.cases.inbox import Pile
from hotline.cases.numbers import parsed, shown
from hotline.cases.rules import CaseState
from hotline.cases.store import Case
from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.ledger.periods import Period
from hotline.numbers import e164
from hotline.outbox.senders import sender
from hotline.outbox.service import Post
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from tests.browser.conftest import Site
from tests.browser.desks import at_desk, comes_to_an_agent, office, takes_the_call
from tests.browser.hands import Keyboard, Mouse, Way
from tests.doors.console import Clock, Console
from tests.doors.test_smtp import OURS, Inbox, read, relay_of
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System, own_house
from tests.live.test_menus_live import in_order
from tests.served import served
from tests.store.cases import said
from web.console.app import create_console

pytestmark = pytest.mark.live
CITIZEN, NEIGHBOUR, HOME = "0966100061", "0966100062", "0229100061"
LIAISON, RDEC, MANAGER, CONTROL = "liaison-pwd", "authorised-1", "manager-pwd", "control-pwd"
PLACE = "板橋區中山路一段161號"


@dataclass
class CaseStory:
    """What everybody sees of it: the system, the mail server, and the agency's pages at their own time."""

    system: System
    inbox: Inbox
    pages: Site
    clock: Clock
    number: str = ""
    others: dict[str, str] = field(default_factory=dict)

    def row(self, number: str = "") -> Case:
        with transaction(self.system.house.factory) as session:
            found = find.by_number(session, number or self.number)
        assert found
        return found

    def texts(self, template: str, to: str) -> list[str]:
        """SMS that went to a mobile, each a file of the gateway."""
        files = self.system.settings.outbox.glob(f"{template}-*.json")
        letters = [json.loads(file.read_text("utf-8")) for file in files]
        return [one["text"] for one in letters if one["to"] == e164(to)]

    def mails(self, words: str) -> list[tuple[str, str]]:
        """Letters that the mail server took, by recipient, with what they say."""
        taken = [read(one) for one in list(self.inbox.taken)]
        return sorted(
            (str(one["To"]).partition("@")[0], one.get_content()) for one in taken if words in one["Subject"]
        )

    def all_sent(self) -> None:
        """Nothing waits that may go now: whoever works at a later time finds no message half sent."""
        waiting = select(func.count()).select_from(OutboxMessage)
        waiting = waiting.where(OutboxMessage.state == OutboxState.WAITING)

        def is_empty() -> bool:
            with transaction(self.system.house.factory) as session:
                return session.scalar(waiting) == 0

        self.system.until(is_empty, 20, "all messages are sent")

    def passes(self, by: timedelta) -> None:
        """Time goes on for agency and clock: what is due is done, and its messages are sent."""
        self.clock.goes_on(by)
        self.system.house.case_chase.run(self.clock.at)
        self.sends()

    def sends(self) -> None:
        house = self.system.house
        Post(house.factory, sender(house.settings, house.keys), "later").deliver(self.clock.at)

    def files(self, known_as: str, caller: str, **fields: object) -> None:
        """Another agent files another report."""
        house, at = self.system.house, clock.now()
        with transaction(house.factory) as session:
            row = house.case_filing.draft(session, said(phone=caller, **fields), "agent-2", at)
            self.others[known_as] = (
                house.case_filing.file(session, row.id, "agent-2", at, is_another=True).number or ""
            )

    def opens(self, login: str, pile: Pile) -> Page:
        """Somebody of the agency or RDEC finds the case on a pile and opens it, in a browser of their own."""
        page = self.pages.visit(login).page
        page.goto(f"/inbox?pile={pile}")
        page.get_by_role("link", name=shown(self.number)).click()
        page.get_by_role("heading", name=shown(self.number)).wait_for()
        return page


@pytest.fixture(scope="module")
def story(browser: Browser) -> Iterator[CaseStory]:
    refuse_or_go_on()
    inbox, authority = Inbox(), trustme.CA()
    with TemporaryDirectory(prefix="hotline-mail-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)  # read by the user that our processes run as
        trusted = Path(folder) / "ca.pem"
        authority.cert_pem.write_to_path(str(trusted))
        trusted.chmod(0o644)
        with relay_of(inbox, authority, trusted) as relay, _office(relay.port, trusted) as system:
            later = Clock(clock.now())
            app = create_console(system.house, later)
            with served(app, threads=16) as base:
                yield CaseStory(system, inbox, Site(Console(app, system.house, later), base, browser), later)


@contextmanager
def _office(port: int, trusted: Path) -> Iterator[System]:
    """With a mail server, and an agency that has all of its three people."""
    mail = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_authority": trusted, "mail_sender": OURS}
    with office(**mail) as system:
        at = clock.now()
        with transaction(system.house.factory) as session:
            for login, role in ((MANAGER, Role.MANAGER), (CONTROL, Role.CONTROL_OFFICER)):
                member = Staff(login, login, frozenset({role}), "pwd", email=f"{login}@city.example")
                set_staff(session, member, Period(at), at=at, by="admin-1")
        yield system


def test_a_pothole_from_the_first_call_to_the_last(story: CaseStory, browser: Browser) -> None:
    is_filed_by_keyboard(story, browser)
    is_signed_on_the_second_reminder(story)
    has_stage_2_approved(story)
    is_completed_with_photographs(story)
    is_told_and_another_is_cancelled(story)
    is_in_the_mail_of_18_00_once(story)


def is_filed_by_keyboard(story: CaseStory, browser: Browser) -> None:
    """P5.4.2: the citizen has an SMS with the number, the liaison a mail, before the talk is over."""
    system = story.system
    with at_desk(browser, system) as page, system.caller(CITIZEN) as citizen:
        comes_to_an_agent(system, citizen, CITIZEN)
        takes_the_call(page, CITIZEN)
        page.keyboard.press("Alt+\\")
        for words, then in (
            ("路面有坑洞，機車差點摔倒", "#case-place"),
            (PLACE, "#case-name"),
            ("王小明", "[data-file]"),
        ):
            page.keyboard.type(words)
            page.keyboard.press("Enter")
            expect(page.locator(then)).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("[data-filed-head]")).to_be_focused()
        story.number = parsed(page.locator("[data-filed-number]").inner_text()) or ""
        page.keyboard.press("Alt+q")
        citizen.wait_for(PhoneEventKind.CLOSED, 10)
    row = story.row()
    assert (row.state, row.agency, row.category) == (CaseState.FILED, "pwd", "3003")
    until = system.until
    (text,) = until(lambda: story.texts("N-20", CITIZEN), 20, "the SMS with the number")
    assert shown(story.number) in text
    until(lambda: story.mails("請於10分鐘內簽收"), 20, "the liaison's mail")
    assert [to for to, _ in story.mails("請於10分鐘內簽收")] == [LIAISON]
    story.files("another", CITIZEN, category="3002", matter="路燈不亮", place="新莊區中正路100號")
    story.files("late", NEIGHBOUR, matter="人孔蓋凹陷", place="三重區重新路一段1號", name="李四")
    story.all_sent()
    assert row.filed_at
    story.clock.at = row.filed_at


def is_signed_on_the_second_reminder(story: CaseStory) -> None:
    """P5.4.2: nobody signs for ten minutes; N-41 goes once, and the liaison signs from the inbox."""
    story.passes(timedelta(minutes=10))
    assert story.mails("第2次催辦簽收") == []
    story.passes(timedelta(seconds=1))
    story.passes(timedelta(minutes=1))
    reminded = story.mails("第2次催辦簽收")
    assert [to for to, text in reminded if shown(story.number) in text] == [LIAISON]
    page = story.opens(LIAISON, Pile.SIGN)
    Way(Keyboard, "wide", "zh-TW").at(page, story.pages.base).presses("簽收")
    page.get_by_text("已登錄：簽收").wait_for()
    row = story.row()
    assert (row.state, row.signed_by, row.sign_reminders) == (CaseState.SIGNED, LIAISON, 1)
    story.passes(timedelta(hours=1))
    assert [to for to, text in story.mails("催辦簽收") if shown(story.number) in text] == [LIAISON]


def has_stage_2_approved(story: CaseStory) -> None:
    """P5.4.7: asked by the agency, approved by RDEC, which the agency may not; the citizen is told (N-24)."""
    page = story.opens(LIAISON, Pile.OPEN)
    page.locator("#move-ask-stage2 summary").click()
    page.locator("#ask-stage2-days").fill("3")
    page.locator("#ask-stage2-reason").fill("需銑刨加鋪，材料三日內到場。")
    page.locator("#move-ask-stage2 button").click()
    page.get_by_text("已登錄：").wait_for()
    assert page.locator("#move-approve-stage2").count() == 0
    story.clock.goes_on(timedelta(minutes=20))
    rdec = story.opens(RDEC, Pile.STAGE2)
    rdec.locator("#move-approve-stage2 summary").click()
    expect(rdec.locator("#approve-stage2-days")).to_have_value("3")
    rdec.locator("#move-approve-stage2 button").click()
    rdec.get_by_text("已登錄：").wait_for()
    row = story.row()
    assert (row.state, row.stage) == (CaseState.IN_PROGRESS, 2)
    story.sends()
    assert len(story.texts("N-24", CITIZEN)) == 1


def is_completed_with_photographs(story: CaseStory) -> None:
    """P5.4.9, P5.4.4: evidence first; closed once the citizen was told, not before."""
    story.clock.goes_on(timedelta(days=1))
    page = story.opens(LIAISON, Pile.OPEN)
    page.locator("#photos").set_input_files(
        [
            {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": photograph(shade)}
            for name, shade in (("before", 40), ("after", 160))
        ]
    )
    Way(Mouse, "wide", "zh-TW").at(page, story.pages.base).presses("上傳")
    page.get_by_text("照片已存").wait_for()
    expect(page.locator(".photos img")).to_have_count(2)
    page.locator("#move-complete summary").click()
    page.locator("#complete-result").fill("已銑刨加鋪，路面平整。")
    page.locator("#move-complete button").click()
    page.get_by_text("已登錄：").wait_for()
    assert story.row().state == CaseState.DONE
    story.sends()
    (text,) = story.texts("N-23", CITIZEN)
    assert "已辦理完畢" in text and shown(story.number) in text
    story.passes(timedelta(minutes=1))
    assert story.row().state == CaseState.CLOSED


def photograph(shade: int) -> bytes:
    """A photograph with the place where it was taken."""
    made, taken = BytesIO(), Image.Exif()
    taken.get_ifd(0x8825).update({1: "N", 2: (25.0, 0.0, 0.0)})
    Image.new("L", (800, 600), shade).save(made, "JPEG", exif=taken)
    return made.getvalue()


def is_told_and_another_is_cancelled(story: CaseStory) -> None:
    """V-11, V-17, P8.1: key 6 tells from any telephone that it is over; key 7 cancels the other report from
    the mobile that was left, which is told (N-25).
    """
    system, other, answers = story.system, story.others["another"], Answers(0.5, 2.0)
    with system.agents(agent_2=answers, agent_3=answers), ThreadPoolExecutor(2) as pool:
        asking = pool.submit(system.call, f"1,6,{story.number}#,0", HOME)
        cancelling = pool.submit(system.call, f"1,7,{other}#,1,0", CITIZEN)
        asked, told = asking.result(), cancelling.result()
    hears(asked, "ask-case", "V-11", "V-11.closed", "case-next")
    hears(told, "ask-case", "V-17", "V-17.confirm", "case-cancelled")
    assert story.row(other).state == CaseState.CANCELLED
    (text,) = system.until(lambda: story.texts("N-25", CITIZEN), 20, "the SMS that it is cancelled")
    assert shown(other) in text


def hears(call: Story, *prompts: str) -> None:
    expected = [f"zh-TW/{one}" for one in prompts]
    assert in_order(expected, list(call.heard)) and call.served, call.as_text()


def is_in_the_mail_of_18_00_once(story: CaseStory) -> None:
    """P5.4.5: the third report is late; three people have one mail each, however often the job runs."""
    late = story.row(story.others["late"])
    assert late.due_at
    story.all_sent()
    evening = six_o_clock(late.due_at)
    story.clock.at = evening if story.clock.at < evening else six_o_clock(story.clock.at)
    another = own_house(story.system.settings)
    for house in (story.system.house, another, another):
        house.case_digest.run(story.clock.at)
        story.sends()
    another.engine.dispose()
    mails = story.mails("逾限未回覆")
    assert [to for to, _ in mails] == [CONTROL, LIAISON, MANAGER]
    for _, text in mails:
        assert "共1件" in text and shown(late.number or "") in text and shown(story.number) not in text


def six_o_clock(after: datetime) -> datetime:
    """The first 18:00 in Taipei behind an instant."""
    day = after.astimezone(TAIPEI)
    evening = datetime.combine(day, time(18), TAIPEI)
    return evening if evening > after else evening + timedelta(days=1)
