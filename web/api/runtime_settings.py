"""Settings and menus that are changed while calls go on."""

from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel, Field

from hotline.permissions import Action
from hotline.runtime_settings import service
from hotline.runtime_settings.rules import TUNABLE, NotTunable, Origin
from hotline.runtime_settings.store import MenusRow
from hotline.settings import Settings
from hotline.settings.kinds import as_written
from ivr.check import checked
from ivr.menus import read_sources, version_of
from ivr.walk import walk
from web.api import gate, models, rows
from web.api.gate import ANY_KEY, Answer, Room
from web.serving import pen, tuned

room = Room("runtime_settings", "What is set while calls go on: settings and menus")
Files = dict[str, str]


class SettingRecord(BaseModel):
    """A setting, as it counts now."""

    name: str
    value: str = Field(description="as people write it; durations in seconds")
    origin: Origin | None = Field(description="where it comes from; null = it counts from a start on")
    meaning: str


class SettingValue(models.RowModel):
    """A value that a setting was given."""

    value: str
    author: str
    reason: str
    valid_from: datetime
    valid_to: datetime | None


class SettingStory(SettingRecord):
    """A setting that is set at run time, and every value it was ever given."""

    base: str = Field(description="what counts while nothing is set at run time")
    values: list[SettingValue]


class SettingBody(models.Reason):
    """The next value of a setting."""

    value: models.Text
    since: str | None = Field(
        None, max_length=500, description="the value that was read; of another nothing is set"
    )


class SettingPath(models.RequestModel):
    name: models.Name


class Done(BaseModel):
    """Answer to whether anything was changed."""

    changed: bool


class MenusRecord(BaseModel):
    """The menus in force, as their files."""

    sources: Files
    since: str | None = Field(description="the version that was saved last; null = the files of the program")
    version: str


class MenusBody(models.Reason):
    """Texts of all menu files."""

    sources: Files = Field(max_length=20)
    since: models.Short | None = Field(
        description="as it was read; when somebody saved another meanwhile, nothing is saved"
    )


class MenusTried(models.RequestModel):
    """Texts of all menu files."""

    sources: Files = Field(max_length=20)


class MenusVersion(models.NumberedRow):
    """A version that was saved."""

    version: str
    author: str
    reason: str
    valid_from: datetime


class MenusStory(MenusVersion):
    """A version with its files; saving them anew restores it."""

    sources: Files


class PromptRecord(models.RowModel):
    """A prompt, by its texts."""

    id: str
    texts: dict[str, str]


class PromptQuery(models.PageQuery):
    """Choice of prompts."""

    q: models.Text = Field("", description="only those in which this is found")


class WalkQuery(models.AsOf):
    """A call to be tried: when, from which number, with which keys."""

    caller: models.Short = "0912345678"
    keys: models.Text = Field("", description="one a menu, with commas: 1,2,5112; then the caller hangs up")


class Walked(BaseModel):
    """Lines of what is said and done; nothing is stored."""

    lines: list[str]


@room.read("/settings", Action.SETTING_CHANGE, models.Page[SettingRecord])
def settings(query: models.PageQuery) -> Answer:
    """List all settings, those first that can be set here."""
    now, values = tuned()
    origins = gate.house().runtime_settings.where_from(values)
    names = sorted(Settings.model_fields, key=lambda name: name not in TUNABLE)
    told = [_setting(name, now, origins.get(name)) for name in names]
    return rows.page(told, query, SettingRecord)


@room.read("/settings/<name>", Action.SETTING_CHANGE, SettingStory)
def setting(path: SettingPath) -> Answer:
    """A setting that is set at run time, and every value it was ever given."""
    return Answer(_story(path.name))


@room.act("/settings/<name>", Action.SETTING_CHANGE, Done)
def set_setting(path: SettingPath, body: SettingBody) -> Answer:
    """Give a setting a value; every process follows within seconds."""
    by = pen(Action.SETTING_CHANGE, body.reason)
    done = gate.house().runtime_settings.set_value(path.name, body.value, by, since=body.since)
    return Answer(Done(changed=done))


@room.act("/settings/<name>/unset", Action.SETTING_CHANGE, Done)
def unset_setting(path: SettingPath, body: models.Reason) -> Answer:
    """Let the environment, the file or the program say again what counts."""
    by = pen(Action.SETTING_CHANGE, body.reason)
    return Answer(Done(changed=gate.house().runtime_settings.unset(path.name, by)))


def _setting(name: str, now: Settings, origin: Origin | None) -> SettingRecord:
    meaning = Settings.model_fields[name].description or ""
    is_tunable = name in TUNABLE
    return SettingRecord(
        name=name,
        value=as_written(getattr(now, name)),
        origin=origin if is_tunable else None,
        meaning=meaning,
    )


def _story(name: str) -> SettingStory:
    if name not in TUNABLE:
        raise NotTunable(name)
    now, values = tuned()
    told = _setting(name, now, gate.house().runtime_settings.where_from(values).get(name))
    given = [SettingValue.model_validate(row) for row in service.values_of(gate.session(), name)]
    base = as_written(getattr(gate.house().base, name))
    return SettingStory(**told.model_dump(), base=base, values=given)


@room.read("/menus", ANY_KEY, MenusRecord)
def menus() -> Answer:
    """The menus in force, as their files."""
    row = service.menus_in_force(gate.session(), gate.now())
    sources = row.sources if row else read_sources(gate.house().settings.menus)
    return Answer(
        MenusRecord(sources=dict(sources), since=row.version if row else None, version=version_of(sources))
    )


@room.act("/menus", Action.MENU_CHANGE, Done)
def save_menus(body: MenusBody) -> Answer:
    """Put menus in force after the check; calls in progress keep the version they began with."""
    by = pen(Action.MENU_CHANGE, body.reason)
    return Answer(Done(changed=gate.house().runtime_settings.save_menus(body.sources, by, since=body.since)))


@room.act("/menus/check", Action.MENU_CHANGE, Done)
def check_menus(body: MenusTried) -> Answer:
    """Examine menus without saving them; every fault is told."""
    checked(body.sources, gate.house().catalogue)
    return Answer(Done(changed=False))


@room.act("/menus/files", Action.MENU_CHANGE, Done)
def menus_of_folder(body: models.Reason) -> Answer:
    """Let the files that came with the program count again."""
    return Answer(
        Done(changed=gate.house().runtime_settings.menus_of_folder(pen(Action.MENU_CHANGE, body.reason)))
    )


@room.read("/menus/versions", ANY_KEY, models.Page[MenusVersion])
def versions(query: models.PageQuery) -> Answer:
    """List every version that was saved, the newest first."""
    return rows.page(service.menus_saved(gate.session()), query, MenusVersion)


@room.read("/menus/versions/<int:number>", ANY_KEY, MenusStory)
def version(path: models.NumberPath) -> Answer:
    """A version with its files."""
    row: MenusRow = service.menus_saved_as(gate.session(), path.number)
    return rows.told(row, MenusStory)


@room.read("/menus/prompts", ANY_KEY, models.Page[PromptRecord])
def prompts(query: PromptQuery) -> Answer:
    """List every prompt with its texts."""
    wanted = query.q.strip().casefold()
    entries = gate.house().catalogue.entries.values()
    found = [
        one for one in entries if any(wanted in text.casefold() for text in (one.id, *one.texts.values()))
    ]
    return rows.page(found, query, PromptRecord)


@room.read("/menus/walk", ANY_KEY, Walked)
def walk_menus(query: WalkQuery) -> Answer:
    """Try a call at any date and time: what is said, rung and promised; nothing is stored."""
    house, at = gate.house(), query.at or gate.now()
    book = replace(house.books.book(), city=house.atlas.city(at))
    left, lines = iter(query.keys.split(",") if query.keys else ()), list[str]()
    walk(book, query.caller, at, lambda _: next(left, "h").strip(), lines.append)
    return Answer(Walked(lines=lines))
