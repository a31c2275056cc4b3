"""What the routes of keys and destinations answer with; the front end's types are generated from them."""

from wakeline.server.answers import Answer, Moment


class ApiKeyAnswer(Answer):
    """`former_until`: until when the secret before the last rotation is good as well. `home`: the home's own.

    `destinations` null: tied by no choice of its own; `tied_to` is what holds, null for no tie.
    """

    id: str
    label: str
    home: bool
    ending: str
    created_at: Moment | None
    rotated_at: Moment | None
    former_until: Moment | None
    expires_at: Moment | None
    is_expired: bool
    events_per_second: float | None
    destinations: list[str] | None
    tied_to: list[str] | None


class MadeApiKeyAnswer(ApiKeyAnswer):
    """`secret` is told this once; null for the home's own key, which stands in its key file."""

    secret: str | None


class DestinationAnswer(Answer):
    """`topics` and `routing_keys` are filters, null for all; a routing key that ends in `*` stands for all
    that begin so. `keys` null: any key that is not tied. `path` lies below the connection, `place` is whole.
    """

    id: str
    connection_id: str
    path: str
    place: str
    topics: list[str] | None
    routing_keys: list[str] | None
    keys: list[str] | None
    retention_days: int | None
    created_at: Moment
    rules_version: int
