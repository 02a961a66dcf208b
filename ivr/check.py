"""Check that menus are fit to answer: every fault a caller would run into, found before the call."""

import re
from collections.abc import Iterator
from dataclasses import replace

from ivr.catalogue import Catalogue
from ivr.menu_faults import OTHERWISE, BadMenus, FaultPlace, Flaw, KeyOf, MenuFault
from ivr.menus import (
    EVERYWHERE,
    QUEUES,
    Choice,
    Goto,
    HearBulletin,
    Inform,
    KeyAction,
    Menu,
    Menus,
    Repeat,
    Sources,
    ToQueue,
    parse,
)
from ivr.numerals import ENGLISH, HAN, Language

SPOKEN_KEY = {
    Language.MANDARIN: re.compile(r"按([零一二三四五六七八九]|米字鍵|井字鍵)"),
    Language.TAIWANESE: re.compile(r"[按揤]([空零一二三四五六七八九]|米字鍵|井字鍵)"),
    Language.HAKKA: re.compile(r"按([空零一二三四五六七八九]|米字鍵|井字鍵)"),
    Language.ENGLISH: re.compile(r"\b[Pp]ress (?:the )?(\w+)"),
    Language.JAPANESE: re.compile(r"(ゼロ|[零一二三四五六七八九]|米印|シャープ)番?を押"),
}
SYMBOLS = {"米字鍵": "*", "井字鍵": "#", "star": "*", "pound": "#", "hash": "#", "米印": "*", "シャープ": "#"}
ZEROES = {"空": "0", "ゼロ": "0"}
SETTINGS = frozenset((Flaw.NAME, Flaw.TRIES, Flaw.SILENCES, Flaw.SECONDS))
"""Flaws of a setting, each called as the setting is."""


def spoken_keys(text: str, language: Language) -> list[str]:
    """The keys a text tells the caller to press, as they stand on a telephone."""
    return [_key_of(word) for word in SPOKEN_KEY[language].findall(text)]


def _key_of(word: str) -> str:
    if word in SYMBOLS | ZEROES:
        return (SYMBOLS | ZEROES)[word]
    if word in HAN:
        return str(HAN.index(word))
    return str(ENGLISH.index(word)) if word in ENGLISH[:10] else word


def said_with(text: str, language: Language, press: str) -> str:
    """A text that names one key, naming another instead: a phrase moves with its key."""
    word = _word_of(press, language)
    match language:
        case Language.JAPANESE:
            counted = f"{word}{'番' if press.isdigit() else ''}を押"
            return SPOKEN_KEY[language].sub(counted, text)
        case Language.ENGLISH:
            return SPOKEN_KEY[language].sub(lambda found: found[0].removesuffix(found[1]) + word, text)
        case _:
            return SPOKEN_KEY[language].sub(lambda found: found[0][0] + word, text)


def _word_of(press: str, language: Language) -> str:
    special = {"en": {"*": "star", "#": "pound"}, "ja": {"*": "米印", "#": "シャープ", "0": "ゼロ"}}
    known = {"*": "米字鍵", "#": "井字鍵", **({"0": "空"} if language is Language.TAIWANESE else {})}
    known = special.get(language, known)
    return known.get(press) or (ENGLISH if language is Language.ENGLISH else HAN)[int(press)]


def checked(sources: Sources, catalogue: Catalogue) -> Menus:
    """Menus fit to answer. Raises BadMenus with every fault of form or sense, and the line where it lies."""
    try:
        menus = parse(sources)
        found = faults(menus, catalogue)
    except BadMenus as error:
        found = list(error.faults)
    if found:
        raise BadMenus(tuple(placed(fault, sources) for fault in found))
    return menus


def faults(menus: Menus, catalogue: Catalogue) -> list[MenuFault]:
    """Unknown targets, unreachable menus, no way to a person, missing prompts, keys said otherwise."""
    return [
        *_no_keys(menus),
        *_targets(menus),
        *_unreachable(menus),
        *_no_exit(menus),
        *_no_person(menus),
        *_prompts(menus, catalogue),
        *_said(menus, catalogue),
    ]


def _choices(menu: Menu) -> Iterator[tuple[str, Choice]]:
    yield from ((key.press, key.choice) for key in menu.keys)
    yield OTHERWISE, menu.otherwise


def _no_keys(menus: Menus) -> Iterator[MenuFault]:
    """Fault of a menu without keys: what it says is its keys, so it would be silence."""
    yield from (MenuFault(Flaw.NO_KEYS, menu.name) for menu in menus.menus.values() if not menu.keys)


def _targets(menus: Menus) -> Iterator[MenuFault]:
    for menu in menus.menus.values():
        for press, choice in _choices(menu):
            match choice:
                case Goto(target) if target not in menus.menus:
                    yield MenuFault(Flaw.NO_MENU, menu.name, KeyOf(press), target)
                case ToQueue(queue) if queue not in QUEUES:
                    known = {"known": ", ".join(sorted(QUEUES))}
                    yield MenuFault(Flaw.NO_QUEUE, menu.name, KeyOf(press), queue, known)
    for key in menus.everywhere:
        if not isinstance(key.choice, ToQueue | Repeat):
            yield MenuFault(Flaw.EVERYWHERE, "everywhere", KeyOf(key.press))


def _unreachable(menus: Menus) -> Iterator[MenuFault]:
    seen, ahead = set(), [menus.first]
    while ahead:
        name = ahead.pop()
        if name not in seen and name in menus.menus:
            seen.add(name)
            ahead += [choice.menu for _, choice in _choices(menus.menus[name]) if isinstance(choice, Goto)]
    yield from (MenuFault(Flaw.UNREACHABLE, name) for name in sorted(set(menus.menus) - seen))


def _no_exit(menus: Menus) -> Iterator[MenuFault]:
    """A caller who never presses a key must come to a person: ``otherwise`` alone decides."""
    for menu in menus.menus.values():
        seen, at = {menu.name}, menu
        while isinstance(at.otherwise, Goto) and at.otherwise.menu in menus.menus:
            at = menus.menus[at.otherwise.menu]
            if at.name in seen:
                yield MenuFault(Flaw.ENDLESS, menu.name, what=" → ".join(sorted(seen)))
                break
            seen.add(at.name)
        else:
            if not isinstance(at.otherwise, ToQueue | Goto):
                yield MenuFault(Flaw.STUCK, at.name, KeyOf(OTHERWISE))


def _no_person(menus: Menus) -> Iterator[MenuFault]:
    """0 and 9 reach a person from everywhere (P3-b)."""
    for menu in menus.menus.values():
        for press in ("0", "9"):
            if not isinstance(menus.choice(menu.name, press, bulletin=True), ToQueue):
                yield MenuFault(Flaw.NO_PERSON, menu.name, KeyOf(press))


def _prompts(menus: Menus, catalogue: Catalogue) -> Iterator[MenuFault]:
    for menu, name, fixed in _spoken(menus):
        if name not in catalogue:
            yield MenuFault(Flaw.NO_PROMPT, menu, what=name)
            continue
        wanted = (fixed,) if fixed else catalogue.spoken_languages
        allowed = catalogue.entries[name].only
        for language in wanted:
            if language in catalogue.spoken_languages and language in allowed:
                if not catalogue.has_voice(name, language):
                    yield MenuFault(Flaw.NO_TEXT, menu, what=name, facts={"language": language})


def _spoken(menus: Menus) -> Iterator[tuple[str, str, Language | None]]:
    for menu in menus.menus.values():
        for key in menu.keys:
            if key.say:
                yield menu.name, key.say.id, key.say.language
            if isinstance(key.choice, Inform):
                yield menu.name, key.choice.prompt, None


def _said(menus: Menus, catalogue: Catalogue) -> Iterator[MenuFault]:
    for menu in menus.menus.values():
        for key in menu.keys:
            if key.say and key.say.id in catalogue:
                yield from _said_otherwise(menu.name, key, catalogue)
            elif key.say is None and not isinstance(key.choice, HearBulletin):
                yield MenuFault(Flaw.UNANNOUNCED, menu.name, KeyOf(key.press))


def _said_otherwise(menu: str, key: KeyAction, catalogue: Catalogue) -> Iterator[MenuFault]:
    assert key.say is not None  # noqa: S101 - the caller has looked
    for language, text in catalogue.entries[key.say.id].texts.items():
        named = spoken_keys(text, language)
        if named != [key.press]:
            flaw = Flaw.ANNOUNCED_OTHERWISE if named else Flaw.UNNAMED_KEY
            yield MenuFault(
                flaw, menu, KeyOf(key.press), ", ".join(named), {"language": language, "text": text}
            )


def placed(fault: MenuFault, sources: Sources) -> MenuFault:
    """The fault with file and line, as far as these can be told."""
    file = _file(fault.about, sources)
    if not file or fault.flaw is Flaw.TOML:  # which says the line itself
        return fault
    return replace(fault, place=FaultPlace(file, _line(fault, sources[file].splitlines())))


def _file(about: str, sources: Sources) -> str:
    """A file by its own name or by that of the menu in it."""
    named = re.compile(rf'^name *= *"{re.escape(about)}"', re.MULTILINE)
    files = [file for file, text in sources.items() if about and (file == about or named.search(text))]
    return files[0] if files else EVERYWHERE if about == "everywhere" else ""


def _line(fault: MenuFault, lines: list[str]) -> int:
    """Line counted from 1, 0 if nowhere; the last match, as the second of a key listed twice is too many."""
    signs = _signs(fault)
    return max((number for number, line in enumerate(lines, 1) if signs and signs.search(line)), default=0)


def _signs(fault: MenuFault) -> re.Pattern[str] | None:
    """Pattern of the line."""
    if fault.where and fault.where.press != OTHERWISE:
        return re.compile(rf'^ *press *= *"{re.escape(fault.where.press)}"')
    if fault.where or fault.flaw in SETTINGS:
        return re.compile(rf"^ *{fault.flaw if fault.flaw in SETTINGS else OTHERWISE} *=")
    word = isinstance(fault.what, str) and fault.what
    return re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])") if word else None
