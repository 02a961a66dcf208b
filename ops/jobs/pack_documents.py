"""Documents of monthly packs, rendered in a process of its own that makes way for all others (P10).

In it stay the pages' templates and the renderer, which the jobs do without.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from hotline import clock
from hotline.db import Sessions, looking, transaction
from hotline.settings import load_settings
from ops import logs, wiring
from ops.jobs.apart import idly, in_a_process
from reporting.packs import documents
from reporting.packs.pdf import as_pdf
from reporting.packs.store import PackEdition
from wording import CHINESE, ENGLISH

if TYPE_CHECKING:
    from web.console.app import ConsoleApp

log = structlog.get_logger()
LANGUAGES: Final = (CHINESE, ENGLISH)
PAUSE: Final = timedelta(minutes=5)
"""Before what failed is tried again."""
Render = Callable[[str], bytes]


class DocumentRuns:
    """Starts a run when an edition lacks a document."""

    def __init__(self, factory: Sessions, start: Callable[[], object] | None = None) -> None:
        self._factory = factory
        self._start = start or (lambda: in_a_process("ops.jobs.pack_documents"))
        self._not_before: datetime | None = None

    def run(self, at: datetime) -> bool:
        """Look once; whether a run was started, and came to its end."""
        if self._not_before and at < self._not_before:
            return False
        with looking(self._factory) as session:
            if not documents.missing(session, LANGUAGES):
                return False
        self._not_before = at + PAUSE
        self._start()
        self._not_before = None
        return True


def render_missing(app: "ConsoleApp", now: Callable[[], datetime], render: Render) -> int:
    """Render what is missing, the latest edition first; how many documents that were."""
    with looking(app.house.factory) as session:
        found = documents.missing(session, LANGUAGES)
    for number, language in found:
        with looking(app.house.factory) as session:
            edition = session.get_one(PackEdition, number)
        began = clock.monotonic()
        content = document_of(app, edition, language, now, render)
        seconds, month = round(clock.monotonic() - began, 1), f"{edition.month:%Y-%m}"
        log.info("pack.rendered", month=month, language=language, bytes=len(content), seconds=seconds)
    return len(found)


def document_of(
    app: "ConsoleApp",
    edition: PackEdition,
    language: str,
    now: Callable[[], datetime],
    render: Render = as_pdf,
) -> bytes:
    """The document of an edition; one that there is not yet is rendered and kept."""
    with looking(app.house.factory) as session:
        if language in documents.languages_of(session, edition):
            return documents.document(session, edition, language)
    from web.console.pack_document import document_page

    content = render(document_page(app, edition, language))
    with transaction(app.house.factory) as session:
        documents.keep(session, edition, language, content, now())
    return content


def main() -> None:
    """Render once what is missing."""
    from web.console.app import create_console

    settings = load_settings()
    logs.configure_logging(settings, "documents")
    app = create_console(wiring.workshop(settings, "documents"), clock.now)
    render_missing(app, clock.now, lambda page: idly(lambda: as_pdf(page)))


if __name__ == "__main__":
    main()
