"""The first page: what is wrong today."""

from flask import render_template
from flask.typing import ResponseReturnValue

from web.console.gate import Everyone, Pages
from web.console.language import _l
from web.console.menu import TODAY

pages = Pages("overview")
pages.in_menu(TODAY, _l("概況"), "today", Everyone.STAFF)


@pages.read("/", Everyone.STAFF)
def today() -> ResponseReturnValue:
    """What is wrong today, and where it is put right."""
    return render_template("overview/today.html")
