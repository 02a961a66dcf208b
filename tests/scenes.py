"""Calls that are put through, one for each row of the table of §9.1, each for every line that can play it.

See ``script``; the city is the one of a fresh installation. What one scene is given does not touch another's
extensions, but for the switchboard out of order, so that scenes can be played side by side.
"""

from typing import Final

TO_AN_AGENT = """
    dials
    presses 1
    presses 1
    is queue zh-TW
"""

SCENES: Final[dict[str, str]] = {
    "P5_1_1_the_desk_answers": f"""
        {TO_AN_AGENT}
        transfers 5112 faq
        hears V-05.epb-clean
        rings 5112 desk 15
        whispers officer.transfer
        answered
        hears thanks-goodbye
        is end transferred
    """,
    "P5_1_1_busy_then_the_neighbour": f"""
        {TO_AN_AGENT}
        transfers 5112 law
        rings 5112 desk
        busy
        hears V-06
        rings 5111 neighbour 12
        whispers officer.proxy officer.asked digit.5 digit.1 digit.1 digit.end.2
        answered
        is end transferred
    """,
    "P5_1_1_no_answer_then_two_neighbours_then_back": f"""
        {TO_AN_AGENT}
        transfers 5112 doubt
        rings 5112 desk 15
        no_answer
        hears V-06
        rings 5111 neighbour 12
        no_answer
        hears V-06
        rings 5113 neighbour             # at most two
        busy
        hears V-07
        rings_back agent-1
        answered
        is end talked
    """,
    "P5_1_1_unreachable_refused_and_failed_go_on_at_once": f"""
        {TO_AN_AGENT}
        transfers 5112
        rings 5112
        unreachable
        rings 5111
        refused
        rings 5113
        failed
        hears V-07
        rings_back agent-1
    """,
    "P5_1_1_a_neighbour_on_leave_is_not_rung": f"""
        given away 5121 休假
        given away 5123 開會
        {TO_AN_AGENT}
        transfers 5122
        rings 5122
        busy
        rings 5124 neighbour
        answered
        is end transferred
    """,
    "P5_1_1_the_agent_is_busy_again_so_the_caller_waits_in_front": f"""
        {TO_AN_AGENT}
        transfers 5112
        rings 5112
        busy
        rings 5111
        busy
        rings 5113
        busy
        rings_back agent-1
        busy
        is queue zh-TW
        waits_in_front
        talks
        is end talked
    """,
    "P5_1_1_back_and_nobody_there_is_a_promise": f"""
        {TO_AN_AGENT}
        transfers 5112
        rings 5112
        busy
        rings 5111
        busy
        rings 5113
        busy
        rings_back agent-1
        no_answer
        waits_in_front
        finds_nobody
        hears_of nobody-now own-number
        presses 1
        leaves_a_message
        hears_of V-10.before V-10.after
        is end promised
    """,
    "P5_1_1_a_callback_registered_in_the_talk_is_read_back": f"""
        {TO_AN_AGENT}
        transfers 5112
        rings 5112
        answered promised
        hears_of V-10.before time.today V-10.after thanks-goodbye
        is end transferred
    """,
    "P5_1_1_transferred_again_by_the_agent_who_took_the_caller_back": f"""
        {TO_AN_AGENT}
        transfers 5112
        rings 5112
        busy
        rings 5111
        busy
        rings 5113
        busy
        rings_back agent-1
        transfers 5301 by agent-1
        rings 5301 desk
        answered
        is end transferred
    """,
    "P5_1_2_a_forward_is_honoured_before_ringing": f"""
        {TO_AN_AGENT}
        transfers 5203                   # follows 5204 in the city as it is
        hears V-05.epb-water
        rings 5204 forward 15
        whispers officer.proxy officer.asked digit.5 digit.2 digit.0 digit.end.3
        busy
        hears V-06
        rings 5203 desk
        no_answer
        rings 5202 neighbour
        answered
        is end transferred
    """,
    "P5_1_2_a_forward_to_a_closed_section_is_skipped": f"""
        given forward 5132 5401
        given closed tpt-signal
        {TO_AN_AGENT}
        transfers 5132
        rings 5132 desk
        answered
        is end transferred
    """,
    "P5_1_2_two_that_follow_each_other_are_rung_once_each": f"""
        given forward 5312 5311
        given forward 5311 5312
        {TO_AN_AGENT}
        transfers 5312
        rings 5312 desk
        busy
        rings 5313 neighbour             # 5311 follows elsewhere
        busy
        rings 5314 neighbour
        busy
        rings_back agent-1
    """,
    "P5_1_2_everybody_is_away": f"""
        given closed tpt-signal
        given closed tpt-parking
        given closed tpt-bus
        {TO_AN_AGENT}
        transfers 5402
        hears V-07
        rings_back agent-1
    """,
    "P5_1_3_closed_and_urgent_rings_the_roster": f"""
        at 2026-11-24T22:00
        {TO_AN_AGENT}
        transfers 5112 urgent
        hears V-08
        rings 0900000001 duty 15
        whispers officer.urgent officer.asked digit.5 digit.1 digit.1 digit.end.2
        no_answer
        hears V-06
        rings 0900000002 duty 15
        answered
        is end transferred
    """,
    "P5_1_3_nobody_on_the_roster_answers": f"""
        at 2026-11-28T10:00              # a Saturday
        {TO_AN_AGENT}
        transfers 5112 urgent
        rings 0900000001
        busy
        rings 0900000002
        busy
        rings 0900000003
        busy
        hears V-07
        rings_back agent-1
        answered
        is end talked
    """,
    "P5_1_3_closed_and_not_urgent_is_a_message": f"""
        at 2026-11-24T17:30              # closed at this very second
        {TO_AN_AGENT}
        transfers 5112
        hears_of V-09 own-number
        presses 1
        is message
        leaves_a_message
        hears_of V-10.before time.tomorrow
        is end promised
    """,
    "P4_9_an_off_site_agency_is_its_number_and_keys": f"""
        {TO_AN_AGENT}
        transfers 6101
        rings 0229603456 desk
        answered
        is end transferred
    """,
    "P4_9_a_switchboard_out_of_order_is_reached_by_its_alternative": f"""
        given fault apo (02)2960-0199
        {TO_AN_AGENT}
        transfers 6101
        hears V-05.apo-rescue
        rings 0229600199 alternative
        busy
        hears V-07                       # the neighbours have the same number
        rings_back agent-1
    """,
    "P4_9_an_alternative_number_takes_keys": f"""
        given fault apo (02)2960-3456轉5129     # no key twice running: the softphone hears 11 as 1
        {TO_AN_AGENT}
        transfers 6111
        hears V-05.apo-clinic
        rings 0229603456 alternative 15
        answered
        is end transferred
    """,
    "P3_b_2_a_caller_knows_the_extension": """
        dials
        presses 1
        presses 2
        hears ask-extension
        presses 5112
        hears V-05.epb-clean
        rings 5112 desk
        answered
        is end transferred
    """,
    "P3_b_2_nobody_answers_who_was_dialled_by_the_caller": """
        dials
        presses 1
        presses 2
        presses 5112
        rings 5112
        busy
        rings 5111
        busy
        rings 5113
        busy
        hears V-07
        is queue zh-TW                   # no agent to go back to
        waits_in_front
    """,
    "P3_b_2_three_wrong_extensions_lead_to_a_person": """
        dials
        presses 1
        presses 2
        presses 9999
        hears extension-unknown ask-extension
        presses 1
        hears extension-unknown ask-extension
        presses 12345678
        hears extension-unknown to-an-agent
        is queue zh-TW
    """,
    "P3_b_2_silence_is_no_extension": """
        dials
        presses 1
        presses 2
        says_nothing
        hears no-key ask-extension
        says_nothing
        says_nothing
        hears no-key to-an-agent
        is queue zh-TW
    """,
    "P3_b_2_star_asks_again_and_is_no_miss": """
        dials
        presses 1
        presses 2
        presses *
        hears ask-extension
        presses 8888
        presses *
        presses 7777
        is ask
        presses 5112
        rings 5112
    """,
    "P3_b_2_zero_reaches_a_person": """
        dials
        presses 1
        presses 2
        presses 0
        hears to-an-agent
        is queue zh-TW
    """,
    "P3_b_2_by_night_the_extension_takes_a_message": """
        at 2026-11-28T10:00
        dials
        presses 1
        presses 2
        presses 5112
        hears_of V-09 own-number
        presses 1
        leaves_a_message
        is end promised
    """,
    "an_extension_of_nobody_comes_back_to_the_agent": f"""
        {TO_AN_AGENT}
        transfers 9999
        hears extension-unknown to-an-agent
        rings_back agent-1
        busy
        waits_in_front
    """,
    "who_answers_is_told_the_language": """
        dials
        presses 4
        presses 1
        is queue en
        transfers 5112
        hears en/V-05.epb-clean
        rings 5112
        whispers officer.transfer agent.en
        busy
        hears en/V-06
    """,
    "a_hidden_number_is_asked_for_before_the_promise": """
        at 2026-11-28T10:00
        dials hidden
        presses 1
        presses 2
        presses 5112
        hears V-09 ask-number
        presses 0287654321
        hears_of number-is number-confirm
        presses 1
        leaves_a_message
        is end promised
    """,
}
