"""Settings that may be set while calls go on: what each is, its value's source, who set it when and why."""

from typing import Any

from flask import Response
from wtforms import HiddenField

from hotline.errors import HotlineError, existing
from hotline.permissions import Action
from hotline.runtime_settings import service as tuning
from hotline.runtime_settings.rules import TUNABLE, NotTunable
from hotline.settings import Settings
from hotline.settings.kinds import as_written
from web.console.answers import lead_to, render, render_form
from web.console.forms import Form, text_line
from web.console.gate import Pages, house, read_session
from web.console.language import _, _l, moment, term
from web.console.menu import CITY
from web.console.setting_words import GROUPS, ORIGINS, edges, in_units, is_duration, meaning, shown
from web.serving import pen, tuned

pages = Pages("settings")
pages.in_menu(CITY, _l("系統設定"), "everything", Action.SETTING_CHANGE, place=3)


@pages.read("/settings", Action.SETTING_CHANGE)
def everything() -> Response:
    """List of settings: those that can be set here, then those that count from a start on."""
    settings, values = tuned()
    others = [name for name in Settings.model_fields if name not in TUNABLE]
    return render(
        "settings/everything.html",
        families=GROUPS,
        origins=house().runtime_settings.where_from(values),
        words=ORIGINS,
        shown=lambda name: shown(name, settings),
        others=others,
        meaning=meaning,
    )


class SettingForm(Form):
    """The next value of a setting, why, and the value that was opened."""

    value = text_line(_l("新的值"))
    reason = text_line(_l("更改的原因"))
    since = HiddenField()


@pages.both("/settings/<name>", Action.SETTING_CHANGE)
def one(name: str) -> Response:
    """One setting, its history, and a form for its next value. Raises NotTunable."""
    if name not in TUNABLE:
        raise NotTunable(name)
    settings, values = tuned()
    form = SettingForm(data={"value": as_written(getattr(settings, name)), "since": values.get(name, "")})
    if form.is_fit():
        try:
            done = _set(name, form.text("value"), form.text("reason"), form.text("since"))
        except HotlineError as error:
            form.blame_for_all(error.together)
        else:
            return _again(name, done, _("設定已儲存，幾秒內生效。"))
    with read_session() as session:
        saved = tuning.values_of(session, name)
    return render_form(
        "settings/one.html",
        form,
        name=name,
        words=term(name, "setting"),
        meaning=meaning(name),
        shown=shown(name, settings),
        base=shown(name, house().base),
        origin=ORIGINS[house().runtime_settings.where_from(values)[name]],
        below=ORIGINS[house().runtime_settings.where_from({})[name]],
        is_set=name in values,
        saved=_once(saved),
        units=lambda written: in_units(name, written),
        is_duration=is_duration(name),
        limits=edges(name),
    )


@pages.change("/settings/<name>/unset", Action.SETTING_CHANGE)
def unset(name: str) -> Response:
    """Unset a setting: the environment, the file or the program says again what counts."""
    done = house().runtime_settings.unset(name, pen(Action.SETTING_CHANGE, _("恢復原來的值")))
    return _again(name, done, _("已恢復原來的值，幾秒內生效。"))


@pages.change("/settings/<name>/restore/<int:number>", Action.SETTING_CHANGE)
def restore(name: str, number: int) -> Response:
    """Restore a value of before. Raises NoVersion, WrongValue."""
    with read_session() as session:
        found = (row for row in tuning.values_of(session, name) if row.id == number)
        row = existing(next(found, None), tuning.NoVersion(number))
    done = _set(name, row.value, _("恢復 %(at)s 的值", at=moment(row.valid_from)), None)
    return _again(name, done, _("已恢復這個值，幾秒內生效。"))


def _again(name: str, done: bool, said: str) -> Response:
    """Page of a setting once more, which says what was done."""
    return lead_to("settings.one", said if done else _("沒有任何更改。"), name=name, _code=303)


def _set(name: str, value: str, reason: str, since: str | None) -> bool:
    return house().runtime_settings.set_value(name, value, pen(Action.SETTING_CHANGE, reason), since=since)


def _once(rows: list[Any]) -> list[Any]:
    """Each setting of a value once, newest first: what was left of a row when it was replaced is no other."""
    found = {(row.author, row.valid_from, row.value): row for row in reversed(rows)}
    return sorted(found.values(), key=lambda row: (row.valid_from, row.id), reverse=True)
