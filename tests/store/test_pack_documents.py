"""Documents of monthly packs: rendered once, behind their edition, in a process apart."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from hotline.clock import taipei
from hotline.db import Sessions, looking, numbered, transaction
from hotline.tickets.store import FaultRow
from ops.jobs.pack_documents import KEY, LANGUAGES, PAUSE, DocumentRuns
from reporting.packs import documents
from reporting.packs.documents import DocumentNotRendered
from reporting.packs.store import PackDocument, PackEdition

pytestmark = pytest.mark.dialects

AT, SECOND = taipei("2026-11-01T02:01"), timedelta(seconds=1)


@pytest.fixture
def edition(factory: Sessions) -> PackEdition:
    """The first of October, and nothing in it."""
    with transaction(factory) as session:
        made = PackEdition(month=date(2026, 10, 1), number=1, counted_at=AT, made_by="jobs", version="0.2.0")
        made.tables, made.seconds, made.differences = {}, {}, []
        return numbered(session, made)


def rendered(factory: Sessions, edition: PackEdition) -> Callable[[], None]:
    """What a run leaves."""

    def run() -> None:
        with transaction(factory) as session:
            for number, language in documents.missing(session, LANGUAGES):
                assert number == edition.id
                documents.keep(session, edition, language, language.encode(), AT)

    return run


def test_P10_a_document_is_rendered_once_a_language(factory: Sessions, edition: PackEdition) -> None:
    """Then no run is started; who renders it a second time keeps the first."""
    runs = DocumentRuns(factory, rendered(factory, edition))
    assert [runs.run(AT), runs.run(AT)] == [True, False]
    with transaction(factory) as session:
        documents.keep(session, edition, "en", b"other", AT)
    with looking(factory) as session:
        assert documents.document(session, edition, "en") == b"en"
        assert documents.languages_of(session, edition) == set(LANGUAGES)
        assert len(session.scalars(select(PackDocument.language)).all()) == 2


def test_P10_what_is_not_rendered_is_told(factory: Sessions, edition: PackEdition) -> None:
    with looking(factory) as session, pytest.raises(DocumentNotRendered) as told:
        documents.document(session, edition, "en")
    assert (told.value.month, told.value.number) == ("2026-10", 1)


def test_P10_what_cannot_be_rendered_is_tried_again_later_and_later(
    factory: Sessions, edition: PackEdition
) -> None:
    """It leaves nothing half done, and takes no core for ever; one ticket is open until it is rendered."""
    tries = list[int]()

    def torn() -> None:
        tries.append(1)
        raise ChildProcessError

    runs = DocumentRuns(factory, torn)
    for after, many in ((0 * PAUSE, 1), (PAUSE, 2), (3 * PAUSE, 3)):
        if after:
            assert runs.run(AT + after - SECOND) is False and len(tries) == many - 1
        with pytest.raises(ChildProcessError):
            runs.run(AT + after)
    assert len(tries) == 3 and open_tickets(factory) == [None]
    with looking(factory) as session:
        assert documents.languages_of(session, edition) == frozenset()
    mended = DocumentRuns(factory, rendered(factory, edition))
    assert mended.run(AT + 4 * PAUSE) and open_tickets(factory) == [AT + 4 * PAUSE]


def open_tickets(factory: Sessions) -> list[datetime | None]:
    """When what each tells of was mended."""
    with looking(factory) as session:
        return list(session.scalars(select(FaultRow.recovered_at).where(FaultRow.open_key == KEY)))
