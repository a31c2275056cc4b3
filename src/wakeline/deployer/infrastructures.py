"""Infrastructures: where services run. Only `local` (API nodes on this machine) exists today."""

from sqlalchemy.orm import Session

from wakeline.core.errors import ConflictError, InvalidInputError
from wakeline.core.ids import check_object_id
from wakeline.metadata.queries import infrastructures
from wakeline.metadata.tables.serving import Infrastructure

LOCAL = "local"
INFRASTRUCTURE_TYPES = (LOCAL,)
DEFAULT_STAGE = "development"


def create_infrastructure(
    session: Session, infrastructure_id: str, type_: str, stage: str, now_us: int
) -> Infrastructure:
    check_object_id("infrastructure", infrastructure_id)
    if type_ not in INFRASTRUCTURE_TYPES:
        raise InvalidInputError(
            f"{type_!r} is not a type of infrastructure; expected one of {', '.join(INFRASTRUCTURE_TYPES)}"
        )
    if infrastructures.find_infrastructure(session, infrastructure_id) is not None:
        raise ConflictError(f"the infrastructure {infrastructure_id} exists already")
    row = Infrastructure(id=infrastructure_id, type=type_, stage=stage or DEFAULT_STAGE, created_at_us=now_us)
    return infrastructures.add_infrastructure(session, row)
