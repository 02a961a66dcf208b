"""Access to pages: each route names an action or a kind of visitor; one that names none answers 403.

The gate looks at the role only; whether it may for this agency or this row is asked with ``allow`` where the
row is known.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from flask import Blueprint, Flask, Response, current_app, g, request

from hotline.accounts.service import SessionHolder
from hotline.accounts.tries import Visitor
from hotline.errors import HotlineError
from hotline.permissions import Action, Role
from web.console import browser
from web.serving import NotSignedIn as NotSignedIn
from web.serving import allow as allow
from web.serving import factory as factory
from web.serving import house as house
from web.serving import instant as instant
from web.serving import me as me
from web.serving import now as now
from web.serving import read_session as read_session
from web.serving import scope as scope
from web.serving import stamp as stamp
from web.serving import today as today
from web.serving import write_session as write_session


class Everyone(Enum):
    """Those who need no particular right."""

    PUBLIC = "public"
    """Whoever comes, signed in or not."""
    STAFF = "staff"
    """Whoever is signed in."""


Allowed = Action | Everyone
View = Callable[..., Response]
CLOSED: Final = "allowed"
"""The attribute of a view that tells who may; without it nobody may."""
DEED: Final = "allowed_deed"
"""The same for what is sent to a page that more people may look at."""


Work = Collection[Action | Role]
"""Those whose work a page is, by what they may do or by their role; empty = of all who may open it."""


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A page with a name (to be translated) and its endpoint, found by the search."""

    group: str
    """Of the menu; empty = in none."""
    words: Any
    endpoint: str
    allowed: Allowed
    place: int
    """Where in its group: small numbers first."""
    work: Work = ()
    """In the menus of these."""


class Pages(Blueprint):
    """Routes that name who may open them; ``in_menu`` puts a page into the menu."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "web.console")
        self.entries: list[MenuEntry] = []

    def read(self, rule: str, allowed: Allowed, **options: Any) -> Callable[[View], View]:
        """A page that is looked at (GET)."""
        return self._open(rule, allowed, ["GET"], options)

    def change(self, rule: str, allowed: Allowed, **options: Any) -> Callable[[View], View]:
        """A form that is sent (POST); protected by the token of its session."""
        return self._open(rule, allowed, ["POST"], options)

    def both(
        self, rule: str, allowed: Allowed, *, deed: Allowed | None = None, **options: Any
    ) -> Callable[[View], View]:
        """A form and its deed (GET and POST). ``deed``: who may send it, where more people may look."""
        return self._open(rule, allowed, ["GET", "POST"], options, deed)

    def in_menu(
        self, group: str, words: Any, view: str, allowed: Allowed, place: int = 50, work: Work = ()
    ) -> None:
        """Show the page of a view in the menu, to whom may open it and has work there."""
        self.entries.append(MenuEntry(group, words, f"{self.name}.{view}", allowed, place, work))

    def in_search(self, words: Any, view: str, allowed: Allowed) -> None:
        """Let the page of a view be found by its name, to whom may open it."""
        self.in_menu("", words, view, allowed)

    def _open(
        self,
        rule: str,
        allowed: Allowed,
        methods: list[str],
        options: dict[str, Any],
        deed: Allowed | None = None,
    ) -> Callable[[View], View]:
        def declared(view: View) -> View:
            setattr(view, CLOSED, allowed)
            setattr(view, DEED, deed or allowed)
            self.add_url_rule(rule, view_func=view, methods=methods, **options)
            return view

        return declared


class PageNotAllowed(HotlineError, code="closed"):
    """The role does not allow this page."""

    login: str
    allowed: Allowed


def allowed_of(app: Flask, endpoint: str, method: str) -> Allowed | None:
    """Right that an endpoint asks for with a method; None = nobody may."""
    view = app.view_functions[endpoint]
    looks = method in ("GET", "HEAD", "OPTIONS")
    found: Allowed | None = getattr(view, CLOSED if looks else DEED, None)
    return found


def look(endpoint: str, present: SessionHolder | None) -> None:
    """Refuse who may not open an endpoint. Raises NotSignedIn, PageNotAllowed."""
    allowed = allowed_of(current_app, endpoint, request.method)
    if allowed is Everyone.PUBLIC:
        return
    if present is None:
        raise NotSignedIn
    if allowed is None or (isinstance(allowed, Action) and not present.staff.may(allowed)):
        raise PageNotAllowed(present.staff.login, allowed or Everyone.STAFF)


def present() -> SessionHolder | None:
    """Session of who is signed in in this browser."""
    found: SessionHolder | None = g.get("holder")
    return found


def may(action: Action, agency: str = "") -> bool:
    """Tell whether who is signed in may, for an agency: to leave out what would be refused."""
    found = present()
    return found is not None and found.staff.may(action, agency)


def is_open(allowed: Allowed | None) -> bool:
    """Tell whether who is signed in may open what these may: to leave out what would be refused."""
    return not isinstance(allowed, Action) or may(allowed)


def is_work(work: Work) -> bool:
    """Tell whether it is the work of who is signed in."""
    found = present()
    return found is not None and (
        not work
        or any(one in found.staff.roles if isinstance(one, Role) else found.staff.may(one) for one in work)
    )


def visitor() -> Visitor:
    """Address of the request, and the mark of its browser."""
    return Visitor(address(), browser.mark_of(request))


def address() -> str:
    """Network address of the request."""
    return request.remote_addr or ""


def entries(app: Flask) -> Iterator[MenuEntry]:
    """Lines of the menu, in their order."""
    rooms = [pages for pages in app.blueprints.values() if isinstance(pages, Pages)]
    yield from sorted((entry for pages in rooms for entry in pages.entries), key=lambda entry: entry.place)
