"""Evaluations: revisions are added, never changed; equal documents add none; pages hold each series once."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from wakeline.core.errors import InvalidInputError, NotFoundError
from wakeline.core.window import Window, month_window
from wakeline.metadata.queries import evaluations, projects, stores
from wakeline.metadata.queries.evaluations import NewRevision
from wakeline.metadata.session import locate_database, make_sessions, open_database
from wakeline.metadata.tables.monitoring import EvaluationRevision

APRIL = month_window(2013, 4)


@pytest.fixture
def sessions(tmp_path: Path) -> sessionmaker[Session]:
    made = make_sessions(open_database(locate_database(tmp_path)))
    with made.begin() as session:
        projects.create_project(session, "FLIGHTS", "", 1)
        stores.create_store(session, "FLIGHTS", "mes", 1)
    return made


def build_revision(window: Window = APRIL, sentence: str = "no drift") -> NewRevision:
    return NewRevision(
        project="FLIGHTS",
        store="mes",
        name=str(window),
        recipe="evaluate",
        window=window,
        status="OK",
        sentence=sentence,
        row_count=10,
        model="FLIGHTS.arrival-delay",
        model_version="v1",
        headline=[],
        document={"sentence": sentence},
        job_id=None,
        code_version="0.1.0",
    )


def save(sessions: sessionmaker[Session], found: NewRevision, now_us: int = 1) -> tuple[str, int, bool]:
    with sessions.begin() as session:
        row, changed = evaluations.save_revision(session, found, now_us)
        return row.evaluation.id, row.revision.revision, changed


def test_a_second_look_is_a_revision_unless_it_says_the_same(sessions: sessionmaker[Session]) -> None:
    first = save(sessions, build_revision())
    assert first[1:] == (1, True)
    assert save(sessions, build_revision()) == (first[0], 1, False)
    assert save(sessions, build_revision(sentence="drift")) == (first[0], 2, True)
    assert save(sessions, build_revision()) == (first[0], 3, True)
    other = replace(build_revision(), recipe="another")
    assert save(sessions, other)[0] != first[0]
    with sessions() as session:
        latest = evaluations.get_evaluation(session, first[0])
        second = evaluations.get_evaluation(session, first[0], 2)
        assert (latest.revision.revision, second.revision.document) == (3, {"sentence": "drift"})
        listed = evaluations.list_revisions(session, latest.evaluation)
        assert [row.revision for row in listed] == [3, 2, 1]
        with pytest.raises(NotFoundError, match="has no revision 4; it has 1 to 3"):
            evaluations.get_evaluation(session, first[0], 4)


def test_no_revision_is_ever_changed(sessions: sessionmaker[Session]) -> None:
    evaluation_id, _, _ = save(sessions, build_revision())
    with pytest.raises(IntegrityError, match="never changed"), sessions.begin() as session:
        evaluations.get_evaluation(session, evaluation_id).revision.sentence = "something else"
    with pytest.raises(IntegrityError, match="never changed"), sessions.begin() as session:
        session.execute(update(EvaluationRevision).values(status="ERROR"))
    with pytest.raises(IntegrityError, match="never changed"), sessions.begin() as session:
        session.execute(text("UPDATE evaluation_revisions SET document = '{}'"))
    with sessions() as session:
        row = evaluations.get_evaluation(session, evaluation_id).revision
        assert (row.status, row.sentence, row.document) == ("OK", "no drift", {"sentence": "no drift"})


def test_a_failed_transaction_leaves_neither_series_nor_revision(sessions: sessionmaker[Session]) -> None:
    broken = replace(build_revision(), headline=[float("nan")], document={"value": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        save(sessions, broken)
    unknown = replace(build_revision(), store="none")
    with pytest.raises(IntegrityError):
        save(sessions, unknown)
    with sessions() as session:
        assert evaluations.list_evaluations(session, limit=10).items == []


def test_pages_hold_each_evaluation_once_the_latest_window_first(sessions: sessionmaker[Session]) -> None:
    start = date(2013, 4, 1)
    windows = [Window(start + timedelta(days=index // 2), date(2013, 7, 1)) for index in range(9)]
    for index, window in enumerate(windows):
        save(sessions, replace(build_revision(window), recipe=f"recipe-{index}"))
    found: list[date] = []
    cursor: str | None = None
    with sessions() as session:
        while True:
            page = evaluations.list_evaluations(session, "FLIGHTS", "mes", limit=2, cursor=cursor)
            found += [row.evaluation.window_start for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert found == sorted((window.start for window in windows), reverse=True)
        assert evaluations.count_evaluations(session, "FLIGHTS", "mes") == 9
        for wrong in ("nonsense", "WyJhIl0", "WyJhIiwgImIiLCAiYyJd"):
            with pytest.raises(InvalidInputError, match="is not a cursor"):
                evaluations.list_evaluations(session, limit=2, cursor=wrong)
