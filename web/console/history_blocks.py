"""Blocks of the history: which figures stand together, their pictures, and how each is counted."""

from datetime import timedelta
from itertools import islice
from typing import Final

from flask import url_for

from calls.dispositions import NONE, ServiceType
from calls.topics import Topic
from calls.transfer_reasons import UNSTATED
from hotline.permissions import Action
from reporting.hour_sums.rules import OTHERS
from transfer.reasons import RungKind, TransferReason
from web.console.closing import topic_words
from web.console.date_fields import for_input
from web.console.gate import may, now, read_session
from web.console.history_period import ShownPeriod
from web.console.language import _, names, percent
from web.console.period_rows import NONE_YET, Block, PeriodRows
from web.console.queue_metric_words import menu_counted, queue_counted, soon, wait_counted

MOST_TOPICS: Final = 20


def blocks(rows: PeriodRows) -> list[Block]:
    """What is told of a period, in the order of its page."""
    return [
        _queue(rows),
        _waits(rows),
        _promises(rows),
        _services(rows),
        _put_through(rows),
        _special(rows),
        _placed(rows),
        *_topics(rows),
    ]


def _queue(rows: PeriodRows) -> Block:
    legend = (_("已接"), _("放棄"), _("已登記回電"))
    calls = rows.bars(
        _("進入佇列的來電"),
        lambda one: (one.answered, one.abandoned, one.called_back),
        _("通"),
        legend,
        before=lambda one: one.answered + one.abandoned + one.called_back,
    )
    return rows.block(
        _("來電與服務水準"), (calls, rows.level()),
        (_("來電"), _("聽完資訊"), _("選單中離開"), _("進入佇列"), _("已接"), _("已登記回電"), _("放棄"), _("%(soon)d 秒內", soon=soon()), _("服務水準")),
        lambda one: (one.calls, one.informed, one.left, one.queued, one.answered, one.called_back, one.abandoned, one.soon, _share(one.level)),
        (
            *queue_counted()[:1], *menu_counted(), *queue_counted()[1:],
            (_("目標"), _("系統設定裡「服務水準的目標」現在的值：%(goal)d%%", goal=rows.goal)),
        ),
        {
            _("進入佇列"): ("queued", lambda one: one.queued),
            _("服務水準"): ("within_20_s", lambda one: _share(one.level)),
        },
        "calls informed left_before queued answered promised_callback abandoned within_20_s".split(),
    )  # fmt: skip


def _waits(rows: PeriodRows) -> Block:
    waits = rows.bars(_("平均等候"), lambda one: (one.mean_wait or 0.0,), _("秒"))
    talks = rows.bars(_("平均通話"), lambda one: (one.mean_talk or 0.0,), _("秒"))
    return rows.block(
        _("等候與通話時間"), (waits, talks),
        (_("平均等候（秒）"), _("95 % 等候（秒）"), _("最長等候（秒）"), _("平均通話（秒）"), _("通話合計（分）")),
        lambda one: (*map(_tenth, (one.mean_wait, one.slow_wait, one.longest_wait, one.mean_talk)), f"{one.talk / 60:.1f}"),
        (
            wait_counted(),
            (_("95 % 等候"), _("已接的來電中，百分之九十五不超過這個秒數")),
            (_("通話"), _("民眾與話務人員或承辦人交談的時間，每通合計；沒有交談的不列入平均")),
        ),
    )  # fmt: skip


def _promises(rows: PeriodRows) -> Block:
    legend = (_("守時"), _("逾時"), _("未到期"))
    return rows.block(
        _("已登記回電"),
        [rows.bars(_("已登記回電"), lambda one: (one.kept, one.broken, one.open), _("件"), legend)],
        (_("已登記回電"), _("守時"), _("逾時"), _("撤回"), _("未到期")),
        lambda one: (one.promised, one.kept, one.broken, one.withdrawn, one.open),
        (
            (_("已登記回電"), _("在這段時間登記的回電，依現在的狀況分成以下四種")),
            (_("守時"), _("期限內打了第一次；展期不影響")),
            (_("逾時"), _("期限過後才打第一次，或期限過了還沒打")),
            (_("撤回"), _("期限前取消，沒有打過")),
        ),
        columns="promises promises_kept promises_broken promises_withdrawn promises_open".split(),
    )


def _services(rows: PeriodRows) -> Block:
    kinds = {**names(ServiceType), NONE: _("沒有服務")}
    legend = (_("有服務"), _("沒有服務"), _("未結案"))
    shown = rows.bars(
        _("結案情形"), lambda one: (one.served, one.services[NONE], one.untagged), _("通"), legend
    )
    return rows.block(
        _("服務類型"),
        [shown],
        (*kinds.values(), _("未結案"), _("問答有解答"), _("問答沒有解答")),
        lambda one: (
            *(one.services[kind] for kind in kinds),
            one.untagged,
            one.book_answered,
            one.book_failed,
        ),
        (
            (_("服務類型"), _("話務人員結案時選的；一通可以有幾種，所以合計會比來電多")),
            (_("未結案"), _("有話務人員接聽，還沒有人說是什麼服務的")),
            (_("問答有解答"), _("話務人員查了問答集，至少一次有解答；只查到沒有解答的算在「問答沒有解答」")),
        ),
        columns=(
            *(f"service_{kind.name.lower()}" for kind in ServiceType),
            *("service_none", "untagged", "book_answered", "book_failed"),
        ),
    )


def _calls_about(topic: str, wanted: ShownPeriod) -> str:
    """The calls about a topic in their list, for who may see it."""
    if not may(Action.CALL_READ):
        return ""
    since, until = wanted.bounds
    last = until - timedelta(minutes=1)
    return url_for("calls.listed", topic=topic, since=for_input(since), until=for_input(last))


def _topics(rows: PeriodRows) -> list[Block]:
    """What was called about most; nothing while no call is closed."""
    topics = rows.whole.topics
    if not topics:
        return []
    with read_session() as session:
        most = [
            (topic_words(session, Topic.of(topic), now()), [(str(count), _calls_about(topic, rows.wanted))])
            for topic, count in islice(topics.items(), MOST_TOPICS)
        ]
    lines = [*most, (_("合計"), [rows.cell(sum(topics.values()), "with_topic")])]
    counted = (
        (
            _("主題"),
            _("話務人員結案時選的，一通一個；列出最多的 %(most)d 項，全部的在月報", most=MOST_TOPICS),
        ),
    )
    return [Block(_("來電主題"), (), (_("主題"), _("通數")), lines, counted)]


def _put_through(rows: PeriodRows) -> Block:
    takers = {
        RungKind.DESK: _("要找的分機接"),
        RungKind.NEIGHBOUR: _("鄰座接"),
        OTHERS: _("跟隨、值日等接"),
    }
    reasons = {**names(TransferReason), UNSTATED: _("還沒說明理由")}
    answered = rows.bars(
        _("轉接的來電"),
        lambda one: (*(one.taken[by] for by in takers), one.put_through - one.connected),
        _("通"),
        (*takers.values(), _("沒有人接聽")),
        before=lambda one: one.put_through,
    )
    by_neighbours = rows.bars(
        _("鄰座接的來電"),
        lambda one: (0, one.taken[RungKind.NEIGHBOUR]),  # in the colour that neighbours have beside it
        _("通"),
        before=lambda one: one.taken[RungKind.NEIGHBOUR],
    )
    return rows.block(
        _("轉接與鄰座"),
        (answered, by_neighbours),
        (_("轉接的來電"), *takers.values(), _("沒有人接聽"), *reasons.values()),
        lambda one: (
            one.put_through,
            *(one.taken[by] for by in takers),
            one.put_through - one.connected,
            *(one.reasons[reason] for reason in reasons),
        ),
        (
            (_("轉接的來電"), _("至少響過一支機關分機、鄰座、跟隨或值日電話的來電；一通只算一次")),
            (
                _("誰接"),
                _("最先接起來的那支電話：要找的分機本身、它的鄰座，或跟隨、值日、機關總機等其他電話"),
            ),
            (_("沒有人接聽"), _("響過的電話沒有一支接起來")),
            (
                _("轉接的理由"),
                _("話務人員轉接時選的；用話機按鍵轉接的在結案時才問，還沒有說的算在「還沒說明理由」"),
            ),
        ),
        {
            _("轉接的來電"): ("put_through", lambda one: one.put_through),
            _("鄰座接"): ("put_through_answered_by_neighbour", lambda one: one.taken[RungKind.NEIGHBOUR]),
        },
        (
            "put_through",
            *(f"put_through_answered_by_{by}" for by in takers),
            "put_through_in_vain",
            *(f"transfer_{reason}" for reason in reasons),
        ),
    )


def _special(rows: PeriodRows) -> Block:
    ends = (_("未依規定結束"), _("依規定結束"))
    special = rows.bars(
        _("特殊來電"),
        lambda one: (max(0, one.special - one.ended_by_rule), one.ended_by_rule),
        _("通"),
        ends,
        before=lambda one: one.special,
    )
    return rows.block(
        _("特殊來電"),
        (special,),
        (_("特殊來電"), _("依規定結束")),
        lambda one: (one.special, one.ended_by_rule),
        (
            (_("特殊來電"), _("經主管授權，或名單上的來電者沒有事由，而曾經計時的來電")),
            (_("依規定結束"), _("因三次引導無效或時限到而由系統結束的來電")),
        ),
        {_("特殊來電"): ("special", lambda one: one.special)},
        ("special", "ended_by_rule"),
    )


def _placed(rows: PeriodRows) -> Block:
    legend = (_("有人接聽"), _("沒有人接聽"))
    return rows.block(
        _("1999 撥出的電話"),
        [rows.bars(_("撥出"), lambda one: (one.reached, one.placed - one.reached), _("通"), legend)],
        (_("撥出"), _("其中回電"), _("其中有人接聽"), _("通話合計（分）")),
        lambda one: (one.placed, one.to_keep, one.reached, f"{one.placed_talk / 60:.1f}"),
        (
            (_("撥出"), _("從 1999 撥出的通報、身分查證和回電；自己的電話沒有接起也算；不算在上面的來電、通話和轉接裡")),
            (_("其中回電"), _("為了登記的回電打給民眾的；用別的電話打的不算")),
            (_("其中有人接聽"), _("有機關或民眾接起而通話的")),
            (_("機關接聽的統計"), _("通報時響過的每支分機，和轉接一樣算進各機關三響內接聽的月報；撥打的人自己的電話和民眾的電話不算")),
        ),
        columns=("placed", "placed_to_call_back", "placed_reached"),
    )  # fmt: skip


def _share(of: float | None) -> str:
    return NONE_YET if of is None else percent(of, 1)


def _tenth(of: float | None) -> str:
    return NONE_YET if of is None else f"{of:.1f}"
