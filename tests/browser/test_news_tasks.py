"""What agencies are asked for and what they tell beforehand, by mouse and by keyboard (P4.3, P4.5, P4.10)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from demo.city_book import shelve
from hotline.clock import TAIPEI
from hotline.db import transaction
from tests.browser.conftest import Serves, Site
from tests.browser.hands import Way, every_way


@pytest.fixture(scope="module")
def site(serves: Serves) -> Iterator[Site]:
    """A city with a book."""
    made = serves()
    with transaction(made.console.house.factory) as session:
        shelve(session, made.console.clock.at - timedelta(minutes=5))
    yield made


@every_way
def test_P4_5_an_agency_is_asked_and_replies(site: Site, way: Way) -> None:
    """The agent asks, with the time of the call; the liaison replies by an entry that is there already."""
    agent, question = way.comes(site, "agent-1"), f"電池要丟哪裡？{way}"
    agent.goes("/knowledge/requests")
    agent.presses("徵詢一個問題")
    agent.chooses("問哪個機關", "環保局")
    agent.fills("問題", question)
    agent.ticks("電子郵件")
    agent.presses("記下並通知機關")
    agent.sees("已徵詢，聯繫窗口會收到通知。")
    agent.unfolds("怎麼算的")
    agent.is_well("request-asked")
    liaison = way.comes(site, "liaison-epb")
    liaison.goes("/knowledge/requests")
    liaison.presses(question)
    liaison.chooses("用哪一則問答回覆", "大型家具要怎麼丟？")
    liaison.fills("說明", "跟大型家具一起收。")
    liaison.presses("回覆")
    liaison.sees("已回覆。")
    liaison.is_well("request-replied")


@every_way
def test_P4_3_calls_to_come_are_told_and_linked_to_an_entry(site: Site, way: Way) -> None:
    """Told without an entry they are flagged; the entry is linked on the same page."""
    hand, topic = way.comes(site, "liaison-epb"), f"垃圾清運時間調整，{way}"
    today = site.console.clock.at.astimezone(TAIPEI).date()
    hand.goes("/surges")
    hand.presses("預告來電")
    hand.fills("主題", topic)
    hand.dates("第一天", today + timedelta(days=3))
    hand.dates("最後一天", today + timedelta(days=12))
    hand.fills("預估來電數", "1200")
    hand.fills("機關由誰接聽", "清潔隊兩人，上班時間。")
    hand.is_well("surge-new")
    hand.presses("通報話務中心")
    hand.sees("已預告，話務中心看得到了。")
    hand.within(topic).unfolds("連到問答，或取消預告")
    hand.within(topic).ticks("大型家具要怎麼丟？")
    hand.within(topic).presses("連到問答")
    hand.sees("已連到問答。")
    hand.within(topic).sees("大型家具要怎麼丟？")
    hand.is_well("surges-linked")


@every_way
def test_P4_10_a_new_measure_is_told_and_who_was_trained_is_written_down(site: Site, way: Way) -> None:
    """The agency gives the material and the day of the training; the call centre ticks who was there."""
    liaison, title = way.comes(site, "liaison-epb"), f"廚餘改為每日收運，{way}"
    liaison.goes("/measures")
    liaison.presses("通報新措施")
    liaison.fills("措施名稱", title)
    liaison.fills("最新資料", "十二月起，廚餘每天都收，跟著垃圾車一起來。")
    liaison.ticks("大型家具要怎麼丟？")
    liaison.ticks("要辦教育訓練")
    liaison.dates("訓練日期", site.console.clock.at.astimezone(TAIPEI).date() + timedelta(days=2))
    liaison.is_well("measure-new")
    liaison.presses("通報話務中心")
    liaison.sees("已通報，話務人員看得到了。")
    supervisor = way.comes(site, "supervisor-1")
    supervisor.goes("/measures")
    supervisor.presses(title)
    supervisor.ticks("示範話務員一（agent-1）")
    supervisor.presses("記下")
    supervisor.sees("已記下 %(new)d 人參加訓練。", new=1)
    supervisor.is_well("measure")
