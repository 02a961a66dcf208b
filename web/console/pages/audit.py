"""The audit log (P0-a): who did what to what, when and why; who saw whom; whether it stands as it was
written.

Reading it is on record as well. A citizen is a pseudonym in it, and is read in the record that a row tells
of.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Response, request

from administration.day_anchors import verify_log
from administration.personal_data import about_citizen
from hotline.accounts.tries import FAILED, PHONE_FAILED
from hotline.accounts.wallboards import OPENED, REFUSED
from hotline.clock import TAIPEI, midnight
from hotline.directory.rows import KINDS
from hotline.ledger.anchors import BadAnchor
from hotline.ledger.audit import audit, subjects_of_number
from hotline.ledger.days import DAY
from hotline.ledger.entries import FOUNDING
from hotline.ledger.find import (
    AuditQuery,
    Which,
    found,
    how_many,
    link_of,
    row_of,
    told,
)
from hotline.ledger.looks import IN_HAND, LOOKED, looks_at
from hotline.ledger.moving import SEAL
from hotline.ledger.pseudonyms import is_of_citizens
from hotline.ledger.store import AuditRow
from hotline.ledger.verification import length
from hotline.log_masking import is_text, masked
from hotline.permissions import Action
from hotline.staff.service import everybody
from hotline.video import accounts, case_photos, counter_tests, ending, entering, line, relay, settling
from web.console import paging, record_links, rights
from web.console.answers import render
from web.console.date_fields import asked_day
from web.console.forms import asked_one, text_of
from web.console.gate import Pages, factory, house, now, read_session, stamp, write_session
from web.console.language import _, _l
from web.console.menu import CITY
from web.console.record_links import NAMED, column_name, kind_name, meaning

pages = Pages("audit")
pages.in_menu(CITY, _l("稽核紀錄"), "listed", Action.AUDIT_READ, place=5)
SUBJECTS: Final = (
    *"agent alert announcement audit call callback case case-draft case-letter citizen directory faq".split(),
    *"faq-request fault hold measure menus message notice placed referral retention setting special".split(),
    *"staff surge ticket verification".split(),
)
"""Kinds that rows are about, beside those of the directory."""
WORDS: Final = {
    "from": _l("來源"), "to": _l("改為"), "did": _l("做法"), "state": _l("狀態"), "due_at": _l("時限"),
    "matter": _l("事由"), "valid_from": _l("生效"), "valid_to": _l("到期"), "ends": _l("結束於"),
    "numbers": _l("電話號碼"), "reason": _l("理由"), "evidence": _l("佐證的來電"), "level": _l("核定層級"),
    "document": _l("核定公文號"), "approved_on": _l("核定日期"), "review_on": _l("複查日期"),
    "approver": _l("核定人"), "page": _l("頁"), "by": _l("誰"), "subject": _l("對象"), "which": _l("列出"),
    "times": _l("次數"), "accounts": _l("話機帳號"),
    "since": _l("從哪一天"), "until": _l("到哪一天"), "action": _l("做了什麼"), "what": _l("內容"),
    "ended": _l("登出的瀏覽器"), "why": _l("哪裡不對"), "link": _l("連結"), "password": _l("密碼"), "keys": _l("API 金鑰"),
    "links": _l("設定密碼的連結"), "sessions": _l("登入中的瀏覽器"), "joined": _l("併入已有的待回電"),
    "screen": _l("螢幕"), "networks": _l("准許的網路位址"), "revoked": _l("已撤銷"), "alias": _l("代稱"),
    "added": _l("新增"), "cancelled": _l("取消"), "language": _l("語言"), "case": _l("案號"), "calls": _l("來電"),
    "kind": _l("類別"), "held": _l("保全"), "done": _l("已刪除"), "announced": _l("下一次刪除"), "records": _l("筆數"), "erased": _l("已刪除"), "withheld": _l("不能刪除"),
    "recordings": _l("錄音"), "plays": _l("聆聽紀錄"), "callbacks": _l("待回電"), "callback-events": _l("待回電的經過"), "cases": _l("案件"),
    "case-events": _l("案件的經過"), "rows": _l("筆數"), "digest": _l("摘要"), "faults": _l("不符之處"),
    "letter": _l("公文文號"), "handed": _l("提供的資料"), "handed_to": _l("提供給"), "handed_at": _l("提供的時間"),
}  # fmt: skip
"""Names of the words of rows that no column of a file has."""
VIDEO: Final = {
    accounts.APPLIED: _l("申請手語視訊帳號"),
    entering.SIGNED_IN: _l("登入手語視訊"),
    entering.FAILED: _l("手語視訊登入失敗"),
    entering.CHOSEN: _l("設定手語視訊密碼"),
    line.REQUESTED: _l("等候手語翻譯員"),
    line.ACCEPTED: _l("開始手語視訊服務"),
    settling.EXTENDED: _l("延長手語視訊服務"),
    ending.ENDED: _l("結束手語視訊服務"),
    ending.LEFT: _l("離開手語視訊的等候"),
    line.NOTED: _l("記下手語視訊的事由"),
    case_photos.KEPT: _l("把手語視訊的照片放進案件"),
    relay.RELAYED: _l("在手語視訊中撥打電話"),
    relay.ANSWERED: _l("記下民眾是否同意錄音"),
    counter_tests.SELF_TEST: _l("視訊點自我測試"),
}
DEEDS: Final = {
    **VIDEO,
    LOOKED: _l("查看個人資料"),
    FOUNDING: _l("建立示範城市"),
    FAILED: _l("登入失敗"),
    PHONE_FAILED: _l("話機登入失敗"),
    SEAL: _l("封存舊的紀錄鏈"),
    DAY: _l("封存前一日的資料"),
    OPENED: _l("開啟大螢幕看板"),
    REFUSED: _l("拒絕開啟大螢幕看板"),
}
"""Names of what is done without an action of its own."""
MOST_BROKEN: Final = 50
"""So many places are told at most."""


@dataclass(frozen=True, slots=True)
class WordChange:
    """A word of a row: what it was, what it is; one of both where nothing was or is."""

    name: str
    before: str
    after: str


@pages.read("/audit", Action.AUDIT_READ)
def listed() -> Response:
    """List of what was done, the newest first; that somebody asked is on record too."""
    asked = _asked()
    with read_session() as session:
        total = how_many(session, asked)
        number = min(paging.asked(), max(1, -(-total // paging.SIZE)))
        rows = found(session, asked, skip=(number - 1) * paging.SIZE, most=paging.SIZE)
        links = length(session)
        people = {one.login: one.name for one in everybody(session, now())}
    _put_on_record(asked, number)
    return render(
        "audit/listed.html",
        page=paging.ListPage(rows, number, total),
        asked=asked,
        links=links,
        Which=Which,
        lines=lines,
        thing=thing,
        deed=deed,
        why=why,
        deeds=_deeds(),
        people=people,
        kind_name=kind_name,
        kinds=sorted(((kind, kind_name(kind)) for kind in (*KINDS, *SUBJECTS)), key=lambda pair: pair[1]),
        last_day=asked_day("until"),
    )


@pages.read("/audit/<int:number>", Action.AUDIT_READ)
def one(number: int) -> Response:
    """One row, and its place in the chain. Raises NoRow."""
    with read_session() as session:
        row, link = row_of(session, number), link_of(session, number)
    return render(
        "audit/one.html",
        row=row,
        link=link,
        lines=lines(row),
        thing=thing,
        deed=deed,
        why=why,
        is_of_citizens=is_of_citizens(row.subject),
    )


@pages.change("/audit/verify", Action.AUDIT_READ)
def verify() -> Response:
    """Verify that every row stands as and where it was written; that it was asked is on record."""
    with write_session() as session:
        audit(session, **stamp(), action=Action.AUDIT_READ, subject="audit:chain")
    fault, broken = "", list[str]()
    try:
        places = verify_log(factory(), house().settings.anchors)
        broken = [str(place) for _number, place in zip(range(MOST_BROKEN), places, strict=False)]
    except BadAnchor as error:
        fault = _("錨點檔 %(file)s 已損壞；請從備份取回後再驗證一次。", file=error.file.name)
    with read_session() as session:
        links = length(session)
    return render("audit/verified.html", broken=broken, fault=fault, links=links)


@pages.change("/audit/citizen", Action.AUDIT_READ)
def citizen() -> Response:
    """List every look at a citizen's number, which stands in no address; asking is itself on record."""
    number = text_of("citizen")
    with write_session() as session:
        seen = looks_at(session, *about_citizen(session, number))
        *_before, alias = subjects_of_number(session, number)
        audit(session, **stamp(), action=Action.AUDIT_READ, subject=alias)
    return render(
        "audit/citizen.html",
        seen=seen,
        citizen=masked(number),
        alias=alias,
        thing=thing,
        why=why,
        what=_seen,
    )


def lines(row: AuditRow) -> list[WordChange]:
    """Changes that a row tells, word by word; only those that differ, where it tells of before and after."""
    before, after = map(_shown, told(row))
    return [
        WordChange(_word(name), before.get(name, ""), after.get(name, ""))
        for name in dict.fromkeys((*before, *after))
        if before.get(name, "") != after.get(name, "")
    ]


def thing(subject: str) -> str:
    """Subject of a row, as people call it."""
    kind, _colon, key = subject.partition(":")
    return record_links.thing(kind, key)


def deed(action: str) -> str:
    """Name of what was done, as people call it."""
    return str(DEEDS.get(action) or rights.deed(action))


def why(reason: str, action: str = "") -> str:
    """Reason of a row, as it was given; who reads what they work on is asked for none."""
    if action == FOUNDING:
        return deed(action)
    return _("自己正在處理") if reason == IN_HAND else reason


def _word(name: str) -> str:
    """Name of a word of a row."""
    return str(WORDS.get(name) or column_name(name))


def _deeds() -> list[tuple[str, str]]:
    """Acts that may be asked for."""
    every = (*Action, LOOKED, FAILED, PHONE_FAILED, OPENED, REFUSED, SEAL, DAY, *VIDEO)
    return sorted(((str(one), deed(one)) for one in every), key=lambda pair: pair[1])


def _asked() -> AuditQuery:
    words = {name: request.args.get(name, "").strip() for name in ("by", "action", "subject")}
    if kind := request.args.get("kind", ""):
        words["subject"] = ":".join(filter(None, (kind, _key(kind, request.args.get("thing", "").strip()))))
    fit = {name: word if is_text(word) else "?" for name, word in words.items()}
    since, until = asked_day("since"), asked_day("until")
    return AuditQuery(
        fit["by"],
        fit["action"],
        fit["subject"],
        _midnight(since),
        _midnight(until and until + timedelta(days=1)),
        asked_one("which", Which.CHANGES),
    )


def _key(kind: str, thing: str) -> str:
    """Key of a thing, by its name where it has one; what is asked for otherwise as it is."""
    known = house().atlas.at(now())
    there = getattr(known, KINDS[kind].place) if kind in NAMED else {}
    return next((key for key, row in there.items() if row.name == thing and key != thing), thing)


def _midnight(day: Any) -> datetime | None:
    return midnight(day) if day else None


def _put_on_record(asked: AuditQuery, page: int) -> None:
    names = ("by", "action", "subject", "since", "until", "which")
    after = {name: value for name in names if (value := getattr(asked, name))} | {"page": page}
    with write_session() as session:
        subject = asked.subject if ":" in asked.subject and len(asked.subject) <= 96 else "audit:all"
        audit(session, **stamp(), action=Action.AUDIT_READ, subject=subject, after=after)


def _shown(facts: dict[str, Any]) -> dict[str, str]:
    return {
        name: _seen(text) if name == "what" else str(meaning(name, text))
        for name, value in facts.items()
        for text in _texts(value)
    }


def _seen(what: str) -> str:
    """Name of what somebody read of a person."""
    known = {"number": _("姓名與電話"), "numbers": _("電話號碼"), "export": _("匯出")}
    return known.get(what, what)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case None | "" | [] | {}:
            return
        case True | False:
            yield _("是") if value else _("否")
        case list():
            yield "、".join(str(one) for one in value)
        case str() if _is_instant(value):
            yield f"{datetime.fromisoformat(value).astimezone(TAIPEI):%Y-%m-%d %H:%M}"
        case _:
            yield str(value)


def _is_instant(text: str) -> bool:
    try:
        return len(text) > 16 and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
