"""What a route may ask for: a session that commits before the answer leaves, the home, the server's parts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from wakeline.server.parts import Parts


def get_parts(request: Request) -> Parts:
    return cast(Parts, request.app.state.parts)


def get_home(request: Request) -> Path:
    return get_parts(request).home


def get_session(request: Request) -> Iterator[Session]:
    with get_parts(request).sessions.begin() as session:
        yield session


def get_storing_session(request: Request) -> Iterator[Session]:
    parts = get_parts(request)
    with parts.storing, parts.sessions.begin() as session:
        yield session


def get_deploying_session(request: Request) -> Iterator[Session]:
    parts = get_parts(request)
    with parts.deploying, parts.sessions.begin() as session:
        yield session


PartsDep = Annotated[Parts, Depends(get_parts)]
HomeDep = Annotated[Path, Depends(get_home)]
SessionDep = Annotated[Session, Depends(get_session, scope="function")]
"""Scope `function`: committed, or failed, before the answer is sent."""
StoringSessionDep = Annotated[Session, Depends(get_storing_session, scope="function")]
"""One at a time: what writes model versions and packages."""
DeployingSessionDep = Annotated[Session, Depends(get_deploying_session, scope="function")]
"""One at a time: what starts and stops nodes."""
