"""Keys that open event servers and gateway: list, show, create, change, rotate, delete."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from wakeline.core.clock import parse_rfc3339
from wakeline.deployer.api_keys import (
    GRACE_SECONDS,
    MadeKey,
    change_api_key,
    check_grace,
    create_api_key,
    delete_api_key,
    rotate_api_key,
)
from wakeline.deployer.keys import Keys, read_keys, rotate_intake_key
from wakeline.metadata.queries import api_keys, destinations
from wakeline.metadata.tables.access import ApiKey
from wakeline.server.access_answers import ApiKeyAnswer, MadeApiKeyAnswer
from wakeline.server.answers import Listed
from wakeline.server.dependencies import PartsDep, SessionDep
from wakeline.server.parts import Parts
from wakeline.wire.access import HOME_KEY

router = APIRouter(tags=["api-keys"])
_HOME_LABEL = "this home's own"


class ApiKeyFields(BaseModel, extra="forbid"):
    """`expires_at` is RFC 3339, null: never. `events_per_second` null: no limit. `destinations`: its tie."""

    label: str = ""
    expires_at: str | None = None
    events_per_second: float | None = None
    destinations: list[str] | None = None


class NewApiKey(ApiKeyFields):
    id: str


class Rotation(BaseModel, extra="forbid"):
    """For how long the former secret stays good."""

    grace_seconds: int = Field(default=GRACE_SECONDS)


@router.get("/api-keys")
def list_keys(session: SessionDep, parts: PartsDep) -> Listed[ApiKeyAnswer]:
    """The home's own key first."""
    rows = [_describe(session, row, parts) for row in api_keys.list_api_keys(session)]
    return Listed(items=[_describe_home(read_keys(parts.home), parts), *rows])


@router.post("/api-keys", status_code=201)
def create(body: NewApiKey, session: SessionDep, parts: PartsDep) -> MadeApiKeyAnswer:
    """The secret is in this answer and nowhere else."""
    made = create_api_key(session, body.id, parts.clock.now_us(), **_read(body, exclude={"id"}))
    return _tell(session, made, parts)


@router.get("/api-keys/{key_id}")
def show(key_id: str, session: SessionDep, parts: PartsDep) -> ApiKeyAnswer:
    if key_id == HOME_KEY:
        return _describe_home(read_keys(parts.home), parts)
    return _describe(session, api_keys.get_api_key(session, key_id), parts)


@router.patch("/api-keys/{key_id}")
def change(key_id: str, body: ApiKeyFields, session: SessionDep, parts: PartsDep) -> ApiKeyAnswer:
    """What is left out stays."""
    row = change_api_key(session, key_id, _read(body), parts.clock.now_us())
    return _describe(session, row, parts)


@router.post("/api-keys/{key_id}/actions/rotate")
def rotate(key_id: str, body: Rotation, session: SessionDep, parts: PartsDep) -> MadeApiKeyAnswer:
    """A new secret; the former one stays good for the grace time."""
    grace_us, now_us = check_grace(body.grace_seconds), parts.clock.now_us()
    if key_id == HOME_KEY:
        api_keys.raise_rules_version(session)
        keys = rotate_intake_key(parts.home, now_us=now_us, grace_us=grace_us)
        return MadeApiKeyAnswer(**_describe_home(keys, parts).model_dump(), secret=None)
    return _tell(session, rotate_api_key(session, key_id, now_us, grace_us), parts)


@router.delete("/api-keys/{key_id}", status_code=204)
def delete(key_id: str, session: SessionDep) -> Response:
    """Revokes it, for the event servers within five seconds."""
    delete_api_key(session, key_id)
    return Response(status_code=204)


def _read(body: ApiKeyFields, exclude: set[str] | None = None) -> dict[str, object]:
    fields = body.model_dump(exclude_unset=True, exclude=exclude)
    if "expires_at" in fields:
        text = fields.pop("expires_at")
        fields["expires_at_us"] = None if text is None else parse_rfc3339(text)
    return fields


def _tell(session: Session, made: MadeKey, parts: Parts) -> MadeApiKeyAnswer:
    answer = _describe(session, made.row, parts)
    return MadeApiKeyAnswer(**answer.model_dump(), secret=made.secret)


def _describe(session: Session, row: ApiKey, parts: Parts) -> ApiKeyAnswer:
    now_us = parts.clock.now_us()
    naming = [each.id for each in destinations.list_destinations(session) if row.id in (each.keys or [])]
    return ApiKeyAnswer(
        id=row.id,
        label=row.label,
        home=False,
        ending=row.ending,
        created_at=row.created_at_us,  # type: ignore[arg-type]
        rotated_at=row.rotated_at_us,  # type: ignore[arg-type]
        former_until=_pending(row.former_until_us, now_us),  # type: ignore[arg-type]
        expires_at=row.expires_at_us,  # type: ignore[arg-type]
        is_expired=row.expires_at_us is not None and row.expires_at_us <= now_us,
        events_per_second=row.events_per_second,
        destinations=row.destinations,
        tied_to=row.destinations if row.destinations is not None else naming or None,
    )


def _describe_home(keys: Keys, parts: Parts) -> ApiKeyAnswer:
    former = keys.former_intake_key
    until_us = None if former is None else _pending(former.until_us, parts.clock.now_us())
    return ApiKeyAnswer(
        id=HOME_KEY,
        label=_HOME_LABEL,
        home=True,
        ending=keys.intake_key[-4:],
        created_at=None,
        rotated_at=keys.rotated_at_us,  # type: ignore[arg-type]
        former_until=until_us,  # type: ignore[arg-type]
        expires_at=None,
        is_expired=False,
        events_per_second=None,
        destinations=None,
        tied_to=None,
    )


def _pending(until_us: int | None, now_us: int) -> int | None:
    return until_us if until_us is not None and until_us > now_us else None
