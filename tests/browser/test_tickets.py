"""Problems, other contact and faults, from the first word to the end;
by mouse and by keyboard (P4.1.2, P4.1.4, P11).
"""

from hotline.cases.find import of_another_system
from hotline.db import transaction
from tests.browser.conftest import Site
from tests.browser.hands import Way, every_way
from tests.case_office import elsewhere


@every_way
def test_P4_1_2_a_problem_is_told_answered_and_closed(site: Site, way: Way) -> None:
    """The agent opens a ticket, the liaison answers it, the agent sees the answer and closes it."""
    agent, problem = way.comes(site, "agent-1"), f"應改分工務局，{way}"
    with transaction(site.console.house.factory) as session:
        if of_another_system(session, "11411240001") is None:
            elsewhere(session, "11411240001", site.console.clock.at)
    agent.goes("/tickets")
    agent.presses("開問題單")
    agent.chooses("請哪個機關協助", "環保局")
    agent.ticks("案件（例如分錯機關）")
    agent.fills("案號或通知編號", "11411240001")
    agent.fills("問題", problem)
    agent.is_well("ticket-new")
    agent.presses("送出")
    agent.sees("已開單，請機關的聯繫窗口協助。")
    liaison = way.comes(site, "liaison-epb")
    liaison.goes("/tickets")
    liaison.presses(problem)
    liaison.fills("答覆", "已改分工務局養護工程處。")
    liaison.is_well("ticket-answer")
    liaison.presses("答覆")
    liaison.sees("已答覆。")
    agent.goes("/tickets")
    agent.presses(problem)
    agent.sees("已改分工務局養護工程處。")
    agent.presses("問題解決了，結案")
    agent.sees("已結案。")
    agent.is_well("ticket-closed")


@every_way
def test_P4_1_4_what_was_spoken_about_with_an_agency_is_written_down(site: Site, way: Way) -> None:
    """Typed on the page of the log itself, and then its first line."""
    agent, words = way.comes(site, "agent-2"), f"下週起代理窗口是王小姐，{way}"
    agent.goes("/contacts")
    agent.chooses("機關", "交通局")
    agent.fills("聯繫的內容", words)
    agent.presses("記下")
    agent.sees("已記下。")
    agent.sees(words)
    agent.is_well("contact")


@every_way
def test_P11_a_fault_is_reported_and_mended(site: Site, way: Way) -> None:
    """The kind decides whose it is; whose it is says what is done, and in the end how it was mended."""
    hand, fault = way.comes(site, "secretariat-1"), f"九樓總機有雜音，{way}"
    hand.goes("/faults")
    hand.presses("通報故障")
    hand.ticks("市府大樓總機")
    hand.chooses("在哪個機關發現的", "環保局")
    hand.fills("情形", fault)
    hand.is_well("fault-new")
    hand.presses("通報故障")
    hand.sees("秘書處行政園區管理科")
    hand.fills("處理情形，或怎麼修好的", "廠商下午到場。")
    hand.presses("還在處理")
    hand.sees("已記下處理情形。")
    hand.goes("/faults")
    hand.presses(fault)
    hand.fills("處理情形，或怎麼修好的", "換了線路卡。")
    hand.presses("修好了，結案")
    hand.sees("已結案。")
    hand.is_well("fault-mended")
