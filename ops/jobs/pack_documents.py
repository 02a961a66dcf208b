"""Documents of monthly packs, rendered in a process of its own that makes way for all others (P10).

In it stay the pages' templates and the renderer, which the jobs do without.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.orm import Session

from hotline import clock
from hotline.db import Sessions, looking, transaction
from hotline.settings import load_settings
from hotline.tickets import faults
from hotline.tickets.faults import HealthFinding
from hotline.tickets.rules import FaultKind
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
"""Before what failed is tried again; twice as long each time."""
LONGEST_PAUSE: Final = timedelta(hours=6)
KEY: Final = "documents"
TOLD: Final = "月報的PDF無法產製；月報和試算表照常。請看documents的紀錄，並檢查Pango和中文字型"
Render = Callable[[str], bytes]


class DocumentRuns:
    """Starts a run when an edition lacks a document; one that fails is a ticket, once."""

    def __init__(self, factory: Sessions, start: Callable[[], object] | None = None) -> None:
        self._factory = factory
        self._start = start or (lambda: in_a_process("ops.jobs.pack_documents"))
        self._not_before: datetime | None = None
        self._pause = PAUSE
        self._is_ill = True  # until the first look: a ticket of before may be open

    def is_due(self, session: Session, at: datetime) -> bool:
        """Tell whether ``run`` would do anything."""
        if self._not_before and at < self._not_before:
            return False
        return self._is_ill or bool(documents.missing(session, LANGUAGES))

    def run(self, at: datetime) -> bool:
        """Look once; whether a run was started, and came to its end."""
        if self._not_before and at < self._not_before:
            return False
        with looking(self._factory) as session:
            is_due = bool(documents.missing(session, LANGUAGES))
        if is_due:
            self._begin(at)
        if self._is_ill:
            self._tell(at, {})
        self._not_before, self._pause, self._is_ill = None, PAUSE, False
        return is_due

    def _begin(self, at: datetime) -> None:
        """Run; what fails is told, and tried again later and later."""
        self._not_before, self._pause = at + self._pause, min(2 * self._pause, LONGEST_PAUSE)
        try:
            self._start()
        except Exception:
            self._is_ill = True
            self._tell(at, {KEY: HealthFinding(FaultKind.INTERNET, TOLD)})
            raise

    def _tell(self, at: datetime, ill: Mapping[str, HealthFinding]) -> None:
        with transaction(self._factory) as session:
            faults.find(session, ill, frozenset((KEY,)), at)


def render_missing(app: "ConsoleApp", now: Callable[[], datetime], render: Render) -> int:
    """Render what is missing, the latest edition first; how many documents that were.

    One that cannot be rendered keeps no other from it. Raises ChildProcessError when any could not.
    """
    with looking(app.house.factory) as session:
        found = documents.missing(session, LANGUAGES)
    many = sum(_is_rendered(app, number, language, now, render) for number, language in found)
    if many < len(found):
        raise ChildProcessError(f"{len(found) - many} documents are not rendered")
    return many


def _is_rendered(
    app: "ConsoleApp", number: int, language: str, now: Callable[[], datetime], render: Render
) -> bool:
    """Render one; False, and a line in the log, when that failed."""
    with looking(app.house.factory) as session:
        edition = session.get_one(PackEdition, number)
    began, of = clock.monotonic(), {"month": f"{edition.month:%Y-%m}", "language": language}
    try:
        content = document_of(app, edition, language, now, render)
    except Exception:
        log.exception("pack.not_rendered", **of)
        return False
    log.info("pack.rendered", bytes=len(content), seconds=round(clock.monotonic() - began, 1), **of)
    return True


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
