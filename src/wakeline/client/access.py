"""Client calls about who may write where: keys and destinations."""

from typing import Any

from wakeline.client.calls import Calls, Document, join_path


class AccessCalls(Calls):
    """Each method answers what its route does."""

    def list_api_keys(self) -> list[Document]:
        return self._list("/api-keys")

    def create_api_key(self, key_id: str, **fields: Any) -> Document:
        """Perhaps `label`, `expires_at`, `events_per_second`, `destinations`; `secret` is told this once."""
        return self._post("/api-keys", {"id": key_id, **fields})

    def read_api_key(self, key_id: str) -> Document:
        return self._get(join_path("api-keys", key_id))

    def change_api_key(self, key_id: str, **changes: Any) -> Document:
        """What is not named stays; None takes a limit away."""
        return self._patch(join_path("api-keys", key_id), changes)

    def rotate_api_key(self, key_id: str, *, grace_seconds: int | None = None) -> Document:
        """A new `secret`; the former one stays good for a day, or for `grace_seconds`."""
        body = {} if grace_seconds is None else {"grace_seconds": grace_seconds}
        return self._post(join_path("api-keys", key_id, "actions", "rotate"), body)

    def delete_api_key(self, key_id: str) -> None:
        self._transport.call("DELETE", join_path("api-keys", key_id))

    def list_destinations(self) -> list[Document]:
        return self._list("/destinations")

    def create_destination(self, destination_id: str, **fields: Any) -> Document:
        """Perhaps `connection_id`, `path`, `topics`, `routing_keys`, `keys`."""
        return self._post("/destinations", {"id": destination_id, **fields})

    def read_destination(self, destination_id: str) -> Document:
        return self._get(join_path("destinations", destination_id))

    def change_destination(self, destination_id: str, **changes: Any) -> Document:
        """What is not named stays."""
        return self._patch(join_path("destinations", destination_id), changes)

    def delete_destination(self, destination_id: str) -> None:
        """Its log stays where it is."""
        self._transport.call("DELETE", join_path("destinations", destination_id))
