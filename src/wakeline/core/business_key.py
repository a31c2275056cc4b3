"""A business key: what labels of an endpoint may name instead of a prediction id."""

from wakeline.core.errors import InvalidInputError
from wakeline.core.event import FEATURE_PREFIX

CONTEXT_PREFIX = "context."


def check_business_key(name: str) -> str:
    """`features.<name>`, or `context.<name>` for an entry of the queries' context."""
    for prefix in (FEATURE_PREFIX, CONTEXT_PREFIX):
        if name.startswith(prefix) and len(name) > len(prefix):
            return name
    raise InvalidInputError(
        f"found the business key {name!r}, expected features.<name> or context.<name>, such as "
        "features.flight_id"
    )
