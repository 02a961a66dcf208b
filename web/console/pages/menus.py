"""Pages of what callers hear: the call flow as a picture and in words, every prompt with its sound."""

from collections.abc import Iterator
from typing import Final

from flask import Response, abort, request

from hotline.permissions import Action
from hotline.runtime_settings.service import menus_in_force
from ivr.catalogue import CatalogueEntry
from ivr.menus import AskCallback, AskCase, CancelCase, Choice, DialExtension, Goto, Menu, Menus, ToQueue
from web.console.answers import render
from web.console.flow_drawing import FlowBox, drawn
from web.console.gate import Everyone, Pages, house, now, read_session
from web.console.language import _, _l
from web.console.menu import VOICE
from web.console.menu_words import in_all_languages, in_short, key_name, leads_to, menu_name
from web.console.paging import page_of

pages = Pages("menus")
pages.in_menu(
    VOICE,
    _l("選單與提示語"),
    "flow",
    Everyone.STAFF,
    place=1,
    work=(Action.MENU_CHANGE, Action.FLOOR_WATCH, Action.AUDIT_READ),
)
KEPT: Final = 86400
"""Seconds a browser may keep a sound: its address names its content."""
SHORT: Final = 17
"""Characters of a line in the picture."""
QUEUE, EXTENSION, CALLBACK, CASE = "→queue", "→extension", "→callback", "→case"


@pages.read("/menus", Everyone.STAFF)
def flow() -> Response:
    """The menus in force: drawn, and each with its keys."""
    with read_session() as session:
        saved = menus_in_force(session, now())
    menus = house().books.book().menus
    return render(
        "menus/flow.html",
        menus=menus,
        saved=saved,
        order=_in_order(menus),
        drawing=drawn(list(_boxes(menus))),
        leads_to=leads_to,
        menu_name=menu_name,
        key_name=key_name,
        spoken=in_all_languages,
    )


@pages.read("/menus/prompts", Everyone.STAFF)
def prompts() -> Response:
    """List of prompts by page, or of those in which a word is found."""
    asked = request.args.get("q", "").strip()
    found = [entry for entry in house().catalogue.entries.values() if _holds(entry, asked)]
    return render("menus/prompts.html", page=page_of(found, 25), asked=asked, spoken=in_all_languages)


@pages.read("/menus/sound/<digest>", Everyone.STAFF)
def sound(digest: str) -> Response:
    """Serve a prompt by its file's digest; no recording lies here, and no path is made of what was asked."""
    shelf = house().built_prompts
    place = shelf.place(digest)
    if not place:
        abort(404)
    try:
        answer = Response(shelf.file(place).read_bytes(), mimetype="audio/wav")
    except FileNotFoundError:
        abort(404)
    answer.set_etag(digest)
    answer.cache_control.private, answer.cache_control.max_age = True, KEPT
    answer.make_conditional(request, accept_ranges=True, complete_length=answer.content_length)
    return answer


def _holds(entry: CatalogueEntry, asked: str) -> bool:
    wanted = asked.casefold()
    return any(wanted in text.casefold() for text in (entry.id, *entry.texts.values()))


def _in_order(menus: Menus) -> list[Menu]:
    """Menus in the order in which a caller comes to them."""
    depths = _depths(menus)
    return sorted(menus.menus.values(), key=lambda menu: (depths[menu.name], menu.name))


def _depths(menus: Menus) -> dict[str, int]:
    """Number of menus a caller passes before each; those nobody comes to stand last."""
    depths, ahead = {menus.first: 0}, [menus.first]
    while ahead:
        name = ahead.pop(0)
        for choice in _choices(menus.menus[name]):
            if isinstance(choice, Goto) and choice.menu in menus.menus and choice.menu not in depths:
                depths[choice.menu] = depths[name] + 1
                ahead.append(choice.menu)
    return {name: depths.get(name, len(depths)) for name in menus.menus}


def _choices(menu: Menu) -> Iterator[Choice]:
    yield from (key.choice for key in menu.keys)
    yield menu.otherwise


def _boxes(menus: Menus) -> Iterator[FlowBox]:
    depths = _depths(menus)
    first = ((_("播放問候語"), ""), (_("選擇語言後告知錄音"), ""))
    yield FlowBox("→start", 0, _("撥打 1999"), first, "start", menus.first)
    for menu in _in_order(menus):
        yield FlowBox(menu.name, depths[menu.name], menu_name(menu.name), tuple(_lines(menu)))
    last = max(depths.values(), default=0) + 1
    everywhere = "、".join(key.press for key in menus.everywhere if isinstance(key.choice, ToQueue))
    queued = (_("任何選單按 %(keys)s", keys=everywhere), "") if everywhere else ("", "")
    yield FlowBox(QUEUE, last, _("等候服務人員"), (queued, (_("等候時按 1：登記回電"), "")), "end")
    targets = {_target(choice) for menu in menus.menus.values() for choice in _choices(menu)}
    if EXTENSION in targets:
        yield FlowBox(
            EXTENSION, last, _("轉接分機"), ((_("無人接聽：回到等候"), ""), (_("下班時間：留言"), "")), "end"
        )
    yield FlowBox(CALLBACK, last, _("登記回電"), ((_("說出事由，聽取回電時限"), ""),), "end")
    if CASE in targets:
        told = (
            (_("輸入案號，聽取狀態與期限"), ""),
            (_("本人來電確認後取消"), ""),
            (_("輸入錯誤 3 次：等候服務人員"), ""),
        )
        yield FlowBox(CASE, last, _("案件查詢與取消"), told, "end")


def _lines(menu: Menu) -> Iterator[tuple[str, str]]:
    for key in menu.keys:
        yield _short(f"{key.press}　{in_short(key.choice)}"), _target(key.choice)
    yield (
        _("沒按 %(silences)d 次或按錯 %(tries)d 次", silences=menu.silences, tries=menu.tries),
        _target(menu.otherwise),
    )


def _target(choice: Choice) -> str:
    match choice:
        case Goto(name):
            return name
        case ToQueue():
            return QUEUE
        case DialExtension():
            return EXTENSION
        case AskCallback():
            return CALLBACK
        case AskCase() | CancelCase():
            return CASE
        case _:
            return ""


def _short(words: str) -> str:
    """Shorten words to what a line holds; characters of a Latin alphabet are half as wide."""
    kept, room = "", 2 * SHORT
    for sign in words:
        room -= 1 if sign.isascii() else 2
        if room < 1:
            return f"{kept}…"
        kept += sign
    return kept
