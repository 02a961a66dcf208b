"""Menus changed by form or as text: refused when not fit, every version kept, one click back."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, request, send_file

from administration import announcements, menu_phrases
from hotline.errors import HotlineError
from hotline.permissions import Action
from hotline.runtime_settings import service as tuning
from ivr.check import checked
from ivr.menu_faults import BadMenus, Flaw
from ivr.menus import Sources
from ivr.numerals import Language
from ivr.speech.typed import has_voices
from web.console import browser, menu_editing, menu_phrasing
from web.console.answers import lead_to, render
from web.console.forms import text_of
from web.console.gate import Everyone, Pages, factory, house, me, now, read_session, stamp
from web.console.language import _, in_words, moment
from web.console.menu_editing import OpenMenus
from web.console.menu_words import LANGUAGES, menu_name
from web.console.recording import may_record, recording_words
from web.serving import pen

pages = Pages("menu_edit")
MOST_FILES = 20


@pages.both("/menus/edit/<menu>", Action.MENU_CHANGE)
def edit(menu: str) -> Response:
    """The keys of a menu, what announces them and where they lead. Raises NoSuchMenu."""
    before = menu_editing.opened()
    file, after = before.file_of(menu), before.sources
    table, unsaid = menu_editing.table_of(before.sources[file]), list[str]()
    rows = menu_editing.rows_of(table)
    if request.method == "POST":
        rows, unsaid = menu_phrasing.phrased(menu_editing.sent_rows(table))
        table = menu_editing.sent(table, rows)
        after = menu_editing.changed(before, file, table)
    with read_session() as session:
        unheard = menu_phrases.unheard(session, house().announcements, after, me().login)
    answer = _edited(
        "menus/edit.html",
        before,
        after,
        f"menu-{menu}",
        unsaid,
        is_ready=not unheard,
        name=menu,
        file=file,
        table=table,
        rows=menu_editing.with_spare(rows),
        choices=_choices(before),
        says=menu_editing.phrases(house().catalogue),
        voices=LANGUAGES,
        spoken=house().catalogue.spoken_languages,
        otherwise=menu_editing.value_of(table.get("otherwise", {})),
        menu_name=menu_name,
        heard=menu_phrasing.heard,
        unheard=unheard,
        has_voices=has_voices(),
        recording_words=recording_words(),
    )
    return may_record(answer)


@pages.read("/menus/phrases/<name>/<language>.wav", Action.MENU_CHANGE)
def sound(name: str, language: str) -> Response:
    """Sound of a phrase of one's own; each listener is on record before the first byte. Raises
    NoAnnouncement.
    """
    if language not in set(Language):
        abort(404)
    own, words = house().announcements, announcements.PHRASE
    one = announcements.hear(factory(), own, name, Language(language), **stamp(), words=words)
    return send_file(own.file(one.name, Language(language)), mimetype="audio/wav", conditional=True)


@pages.both("/menus/text", Action.MENU_CHANGE)
def text() -> Response:
    """Page of all menu files as text, for what no form offers: new menus, comments, global keys."""
    before = menu_editing.opened()
    after = _files() if request.method == "POST" else before.sources
    return _edited("menus/text.html", before, after, sources=after)


def _edited(
    template: str,
    before: OpenMenus,
    after: Sources,
    anchor: str | None = None,
    unsaid: Sequence[str] = (),
    *,
    is_ready: bool = True,
    **words: Any,
) -> Response:
    """Page of a form with its difference; once it is saved, the menus.

    ``since`` is the version that the form was opened over; after a refusal, that of its first look.
    ``unsaid``: why words have no sound; what is not ``is_ready`` is shown and not saved.
    """
    is_sent = request.method == "POST"
    saves = is_ready and text_of("do") == "save"
    faults, is_fit = _tried(after, saves and not unsaid, unsaid) if is_sent else ([], False)
    if is_fit and saves:
        return lead_to("menus.flow", _anchor=anchor, _code=303)
    return render(
        template,
        422 if faults else 200,
        since=text_of("since") if is_sent else before.since or "",
        faults=faults,
        is_fit=is_fit,
        is_ready=is_ready,
        difference=menu_editing.difference(before.sources, after),
        reason=text_of("reason"),
        **words,
    )


@pages.read("/menus/versions", Everyone.STAFF)
def versions() -> Response:
    """List of the versions that were saved, by whom, when and why."""
    with read_session() as session:
        saved = tuning.menus_saved(session)
        current = tuning.menus_in_force(session, now())
    before = (*saved[1:], None)
    told = [
        (row, menu_editing.difference(old.sources, row.sources) if old else "")
        for row, old in zip(saved, before, strict=False)
    ]
    in_force = next((row.id for row in saved if current and row.version == current.version), 0)
    return render("menus/versions.html", saved=told, in_force=in_force)


@pages.change("/menus/versions/<int:number>", Action.MENU_CHANGE)
def restore(number: int) -> Response:
    """Put a version in force again. Raises NoVersion."""
    with read_session() as session:
        row = tuning.menus_saved_as(session, number)
    reason = _("恢復 %(at)s 由 %(by)s 儲存的版本", at=moment(row.valid_from), by=row.author)
    try:
        done = menu_editing.save(row.sources, menu_editing.opened().since, reason)
    except BadMenus as error:
        told = [in_words(fault) for fault in error.faults]
        return render("menus/refused.html", 422, faults=told)
    return lead_to(
        "menu_edit.versions",
        _("已恢復這個版本；一秒內對新的來電生效。") if done else _("這個版本已在使用中。"),
        _code=303,
    )


@pages.change("/menus/versions/files", Action.MENU_CHANGE)
def files() -> Response:
    """Put the files that came with the program in force again."""
    by = pen(Action.MENU_CHANGE, _("恢復程式檔案中的選單"))
    done = house().runtime_settings.menus_of_folder(by)
    return lead_to(
        "menu_edit.versions",
        _("已恢復程式檔案中的選單；一秒內對新的來電生效。") if done else _("這個版本已在使用中。"),
        _code=303,
    )


def _tried(after: Sources, saves: bool, unsaid: Sequence[str]) -> tuple[list[str], bool]:
    """Try a change, and save it when that was asked for; return what is wrong, and whether it is fit.

    Of a phrase that has no sound yet, ``unsaid`` tells: that nothing announces its key need not be said.
    """
    since = text_of("since") or None
    try:
        if saves:
            done = menu_editing.save(after, since, text_of("reason"))
            browser.say(
                _("選單已儲存；一秒內對新的來電生效，通話中的來電不受影響。") if done else _("沒有任何更改。")
            )
        else:
            checked(after, house().catalogue)
    except BadMenus as error:
        told = [one for one in error.faults if not (unsaid and one.flaw is Flaw.UNANNOUNCED)]
        return [*unsaid, *map(in_words, told)], False
    except HotlineError as error:
        return [*unsaid, in_words(error)], False
    return [*unsaid], not unsaid


def _files() -> Sources:
    """The files as they were sent; an emptied one is gone."""
    found = dict[str, str]()
    for at in range(MOST_FILES):
        name = text_of(f"file-{at}")
        content = request.form.get(f"text-{at}", "").replace("\r\n", "\n")
        if name and content.strip():
            found[name if name.endswith(".toml") else f"{name}.toml"] = content
    return found


def _choices(before: OpenMenus) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices of what a key may do, in groups: value and words."""
    menus = [
        str(name) for text in before.sources.values() if (name := menu_editing.table_of(text).get("name"))
    ]
    into = [(f"goto:{name}", menu_name(name)) for name in menus]
    spoken = [
        (
            f"goto:{name}:{language}",
            _("%(menu)s，以%(language)s", menu=menu_name(name), language=LANGUAGES[language]),
        )
        for name in menus
        for language in Language
    ]
    simple = [
        ("queue:agents", _("等候服務人員")),
        ("extension", _("輸入分機號碼並轉接")),
        ("callback", _("登記回電")),
        ("case-status", _("輸入案號並聽取進度")),
        ("case-cancel", _("輸入案號並取消")),
        ("repeat", _("重聽這個選單")),
        ("bulletin", _("重聽緊急公告（只在有公告時提供）")),
    ]
    told = [(f"inform:{name}", words) for name, words in menu_editing.informations(house().catalogue)]
    return [
        (_("常用"), simple),
        (_("到選單"), into),
        (_("選擇語言並到選單"), spoken),
        (_("播放說明，再回到這個選單"), told),
    ]
