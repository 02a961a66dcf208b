"""The call flow as a Mermaid flowchart: paste it where Mermaid is drawn."""

from collections.abc import Iterator

from ivr.catalogue import Catalogue
from ivr.menus import (
    AskCallback,
    Choice,
    DialExtension,
    Goto,
    HearBulletin,
    Inform,
    Key,
    Menu,
    Menus,
    Repeat,
    ToQueue,
)
from ivr.numerals import Language
from ivr.transferring import EXTENSION_TRIES


def mermaid(menus: Menus, catalogue: Catalogue) -> str:
    """One node a menu, one arrow a key, labelled by what the caller hears."""
    return "\n".join(_lines(menus, catalogue)) + "\n"


def _lines(menus: Menus, catalogue: Catalogue) -> Iterator[str]:
    yield "flowchart TD"
    yield f'  call(["1999"]) --> notice["{_text(catalogue, "V-01")}"]'
    yield f"  notice --> {menus.first}"
    for menu in menus.menus.values():
        yield f'  {menu.name}{{"{menu.name}"}}'
        for key in menu.keys:
            yield from _arrow(menu, key, catalogue)
        yield f"  {menu.name} -. {menu.tries} × no key or a wrong key .-> {_target(menu, menu.otherwise)}"
    keys = ", ".join(key.press for key in menus.everywhere if isinstance(key.choice, ToQueue))
    yield f'  everywhere(["everywhere: {keys}"]) --> agents'
    yield '  agents[["agents\' queue"]] --> talk(["an agent answers; recorded"])'
    yield '  agents -- "nobody, or key 1" --> promise(["a callback is promised"])'
    yield from _transfers(catalogue)


def _transfers(catalogue: Catalogue) -> Iterator[str]:
    """The table of §9.1, drawn."""
    yield f'  extension["{_text(catalogue, "ask-extension")}"] --> transfer{{"office hours?"}}'
    yield f"  extension -. {EXTENSION_TRIES} × unknown or no key .-> agents"
    yield '  talk -- "puts the caller through" --> transfer'
    yield f'  transfer -- "open: {_text(catalogue, "V-05")}" --> ring[["rings the forward, the desk, its neighbours"]]'
    yield f'  transfer -- "closed, urgent: {_text(catalogue, "V-08")}" --> duty[["rings the officers on duty"]]'
    yield f'  transfer -- "closed: {_text(catalogue, "V-09")}" --> promise'
    for phones in ("ring", "duty"):
        yield f'  {phones} -- "not answered: {_text(catalogue, "V-06")}" --> {phones}'
        yield f'  {phones} -- "answered" --> officer(["an officer talks; recorded"])'
        yield f'  {phones} -- "nobody: {_text(catalogue, "V-07")}" --> back(["the agent who transferred"])'
    yield '  back -- "not free, or none" --> agents'


def _arrow(menu: Menu, key: Key, catalogue: Catalogue) -> Iterator[str]:
    words = _text(catalogue, key.say.id, key.say.language) if key.say else "(not announced)"
    yield f'  {menu.name} -- "{key.press} {words}" --> {_target(menu, key.choice)}'


def _target(menu: Menu, choice: Choice) -> str:
    match choice:
        case Goto(name):
            return name
        case ToQueue(queue):
            return queue
        case Inform(prompt):
            return f'{menu.name}_{prompt.replace("-", "_")}["{prompt}"] --> {menu.name}'
        case HearBulletin():
            return f'{menu.name}_bulletin["V-03"] --> {menu.name}'
        case Repeat():
            return menu.name
        case DialExtension():
            return "extension"
        case AskCallback():
            return "promise"


def told(choice: Choice) -> str:
    """What a key does, in words."""
    match choice:
        case Goto(name, language):
            return f"the menu {name}, in {language}" if language else f"the menu {name}"
        case ToQueue(queue):
            return f"the queue of {queue}"
        case Inform(prompt):
            return f"{prompt} is said"
        case HearBulletin():
            return "the bulletins that are on"
        case Repeat():
            return "this menu again"
        case DialExtension():
            return "asks for an extension and puts through"
        case AskCallback():
            return "promises a callback"


def _text(catalogue: Catalogue, name: str, language: Language | None = None) -> str:
    return catalogue.text(name, language or Language.MANDARIN).replace('"', "'")
