"""Answers of pages: a template with its status, another page with a sentence to show there, a file."""

from collections.abc import Iterable
from typing import Any

from flask import Response, make_response, redirect, render_template, url_for

import wording
from web.console import browser
from web.console.forms import Form
from web.console.language import current


def render(template: str, status: int = 200, **words: Any) -> Response:
    """A template under a status."""
    return make_response(render_template(template, **words), status)


def render_form(template: str, form: Form, **words: Any) -> Response:
    """A template with a form, which stands there again while something is wrong with it."""
    return render(template, form.status, form=form, **words)


def redirect_to(address: str, code: int = 302) -> Response:
    """Another address."""
    return make_response(redirect(address, code))


def lead_to(endpoint: str, said: object = "", *, _code: int = 302, **where: Any) -> Response:
    """Another page, which says once what was done, if anything."""
    if said:
        browser.say(said)
    return redirect_to(url_for(endpoint, **where), _code)


def heads(columns: Iterable[str]) -> list[str]:
    """The heads of a table for a spreadsheet, in the page's language."""
    return [wording.column(one, current()) for one in columns]


def csv_file(text: str, name: str) -> Response:
    """A table for a spreadsheet, to be kept under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, headers=headers, content_type="text/csv; charset=utf-8")
