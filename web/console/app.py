"""The application of the pages: what every request passes, and where errors become pages."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Final

import structlog
from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from govuk_frontend_wtf.main import WTFormsHelpers
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from hotline.accounts import service as accounts
from hotline.db import is_away
from hotline.errors import HotlineError
from hotline.ledger import looks
from hotline.ledger.looks import Reading
from hotline.numbers import ANONYMOUS, national
from hotline.permissions import Action
from hotline.staff.service import NotPermitted
from web.api.app import PREFIX, create_api
from web.console import agencies, browser, gate, language, pages
from web.console.call_words import seek_words
from web.console.cards import headed
from web.console.case_words import case_number, event_words, standing_words, state_words
from web.console.language import _
from web.console.menu import front, menu
from web.console.record_links import who, who_exactly
from web.console.streams import Streams
from web.console.theme import THEMES, theme
from web.open311.app import PREFIX as OPEN311
from web.open311.app import create_open311
from web.open311.remarks import AskedTooOften
from web.open_figures import PREFIX as OPEN_FIGURES
from web.open_figures import create_open_figures
from web.parts import Parts

log = structlog.get_logger()
LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a request's body: a directory of 20,000 rows has less than 3 MB."""
STATIC = Path(__file__).parents[1] / "static"
UNASKED: Final = frozenset(
    ("bulletins.events", "bulletins.banner", "board.events", "wallboard.events", "monitor.stay")
)
"""What an open page asks for by itself: it keeps no session alive that nobody uses."""
SIGNED: Final = frozenset(("single_sign_on.signed_out",))
"""What another machine sends, and proves by a signature of its own: no form of ours."""
BY_THEMSELVES: Final = frozenset(("static", "sockets.opens"))
"""What nobody needs to be known for, or what looks for itself who comes."""


class ConsoleApp(Flask):
    """The application of the pages, with what serves its requests; API, Open311 and open figures are
    mounted in it.
    """

    house: Parts
    clock: Callable[[], datetime]
    streams: Streams
    api: Flask
    open311: Flask
    open_figures: Flask


def create_console(
    house: Parts, now: Callable[[], datetime], *, hops: int = 0, beside: Sequence[gate.Pages] = ()
) -> ConsoleApp:
    """Create the pages over a process's parts; ``hops``: our proxies before it, each telling its client.

    ``beside``: pages that are no part of the product.
    """
    app = ConsoleApp("web.console", root_path=str(Path(__file__).parent), static_folder=str(STATIC))
    app.config.update(MAX_CONTENT_LENGTH=LARGEST, WTF_CSRF_ENABLED=False, SEND_FILE_MAX_AGE_DEFAULT=3600)
    app.house, app.clock, app.streams = house, now, Streams.of(house, now)
    app.api = create_api(house, now)
    headers = browser.headers(house.settings.browser_socket if house.settings.browser_phones else "")
    design = ("govuk_frontend_jinja", "govuk_frontend_wtf")
    prefixed = PrefixLoader({name: PackageLoader(name) for name in design})
    app.jinja_loader = ChoiceLoader([PackageLoader("web.console"), prefixed])
    WTFormsHelpers(app)
    language.install(app)
    setattr(app.view_functions["static"], gate.CLOSED, gate.Everyone.PUBLIC)
    for room in (*_rooms(), *beside):
        app.register_blueprint(room)
    _tell_templates(app)
    app.before_request(_come_in)
    app.after_request(partial(browser.finish, headers))
    _say_errors(app)
    app.open311, app.open_figures = create_open311(house, now), create_open_figures(house, now)
    beneath: dict[str, Any] = {PREFIX: app.api, OPEN311: app.open311, OPEN_FIGURES: app.open_figures}
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, beneath)  # type: ignore[method-assign]
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _rooms() -> Sequence[gate.Pages]:
    """``pages`` of every module in the folder of pages."""
    modules = [import_module(f"{pages.__name__}.{found.name}") for found in iter_modules(pages.__path__)]
    return [module.pages for module in modules]


def _come_in() -> Response | None:
    """Find who comes, and refuse a page that is not theirs and a form that is not ours."""
    if request.endpoint is None:
        return None
    token = request.cookies.get(browser.SESSION, "")
    if token and request.endpoint not in BY_THEMSELVES:
        with gate.read_session() as session:
            g.holder = accounts.present(session, token, gate.now())
            due = g.holder is not None and request.endpoint not in UNASKED
            due = due and accounts.is_due_a_note(session, token, gate.now())
        if due:
            with gate.write_session() as session:
                accounts.keep_alive(session, token, gate.now())
    gate.look(request.endpoint, gate.present())
    if request.endpoint not in SIGNED:
        browser.refuse_foreign()
    found = gate.present()
    if (
        found
        and found.needs_second
        and request.endpoint
        not in ("sign_in.second", "sign_in.leave", "static", "sign_in.speak", "sign_in.dress")
    ):
        return make_response(redirect(url_for("sign_in.second")))
    return None


def _tell_templates(app: Flask) -> None:
    app.jinja_env.filters.update(
        agency=agencies.name,
        case_event=event_words,
        case_number=case_number,
        case_state=state_words,
        case_standing=standing_words,
        masked=_number,
        number=_number,
        name=looks.name,
        contact=_contact,
        who=who,
        who_exactly=who_exactly,
        moment=language.moment,
        day=language.day,
        percent=language.percent,
        term=language.term,
        role=partial(language.term, group="role"),
    )
    app.jinja_env.globals.update(
        _=language._,
        _n=language._n,
        agency_names=agencies.names,
        seek_words=seek_words,
        csrf_token=browser.token,
        said=browser.said,
        tag=language.tag,
        languages=language.LANGUAGES,
        tags=language.TAGS,
        theme=theme,
        themes=THEMES,
        may=gate.may,
        present=gate.present,
        menu=menu,
        front=front,
        Action=Action,
        here=_here,
        headed=headed,
    )


def _number(number: str, reading: Reading | None = None) -> str:
    """Number as dialled in Taiwan, whole to a reading on record (P4.12); or that a caller showed none."""
    if number == ANONYMOUS:
        return language._("未顯示號碼")
    return looks.number(national(number) or number, reading)


def _contact(contact: str, reading: Reading | None = None) -> str:
    """A number as ``_number`` has it, or an e-mail address, whole to a reading on record."""
    return looks.contact(contact, reading) if "@" in contact else _number(contact, reading)


def _here() -> str:
    """Address of this page with its question, to come back to."""
    return request.full_path.rstrip("?")


def _say_errors(app: Flask) -> None:
    app.register_error_handler(gate.NotSignedIn, _ask_to_sign_in)
    app.register_error_handler(browser.NotOurForm, _foreign)
    app.register_error_handler(HotlineError, _mendable)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _fault)


def _ask_to_sign_in(_error: gate.NotSignedIn) -> Response:
    after = request.full_path if request.method == "GET" else ""
    return make_response(redirect(url_for("sign_in.sign_in", after=after.rstrip("?"))))


def _foreign(_error: browser.NotOurForm) -> Response:
    log.warning("console.foreign_form", path=request.path)
    return _page(
        400, _("這一頁太久沒有使用，或不是從本系統送出的"), _("請回到上一頁，重新整理後再送出一次。")
    )


def _mendable(error: HotlineError) -> Response:
    match error:
        case gate.PageNotAllowed() | NotPermitted():
            log.warning("console.refused", path=request.path, login=error.login)
            return _page(403, _("這一頁不對您開放"), language.in_words(error))
        case AskedTooOften():
            page = _page(error.status, _("要求太多"), language.in_words(error))
            page.headers.update(error.headers)
            return page
    return _page(404 if request.method == "GET" else 422, _("無法完成"), language.in_words(error))


def _refused(error: HTTPException) -> Response:
    if error.response is not None:
        return make_response(error.response)
    told = {
        404: (_("找不到這一頁"), _("網址可能打錯了，或資料已移走。請從選單或搜尋開始。")),
        405: (_("這一頁不接受這種要求"), _("請從選單重新進入這一頁。")),
        413: (_("檔案太大"), _("一次最多 8 MB；請把檔案分成幾份再送。")),
    }
    title, text = told.get(error.code or 500, (_("無法處理這個要求"), _("請檢查內容後再試一次。")))
    return _page(error.code or 500, title, text)


def _fault(error: Exception) -> Response:
    """Answer for a fault of ours: the page says that nothing was changed, the log why."""
    if is_away(error):
        log.warning("console.database_away", path=request.path, why=str(error).partition("\n")[0])
        return _page(503, _("資料庫暫時無法使用"), _("什麼都沒有更改；電話仍照常接聽。請稍候再試。"))
    log.exception("console.failed", path=request.path)
    return _page(500, _("系統發生錯誤"), _("什麼都沒有更改；錯誤已記錄。請再試一次，仍不行請通知系統人員。"))


def _page(status: int, title: str, text: str) -> Response:
    """Page of an error, in plain text when nothing else can be shown."""
    try:
        return make_response(render_template("error.html", title=title, text=text), status)
    except Exception:  # the page itself needs what is lost
        log.exception("console.error_page_failed")
        return Response(f"{title}\n{text}\n", status, content_type="text/plain; charset=utf-8")


def routes(app: Flask) -> list[tuple[str, str, str, Any]]:
    """List every rule with its endpoint, a method and who may: for tests that must meet them all."""
    return [
        (rule.rule, rule.endpoint, method, gate.allowed_of(app, rule.endpoint, method))
        for rule in app.url_map.iter_rules()
        for method in sorted(frozenset(rule.methods or ()) - {"HEAD", "OPTIONS"})
    ]
