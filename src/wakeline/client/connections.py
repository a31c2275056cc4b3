"""Client calls about connections: the places where logs lie."""

from typing import Any

from wakeline.client.calls import Calls, Document, join_path

_TEST_SECONDS_MAX = 300.0


class ConnectionCalls(Calls):
    """Each method answers what its route does. Secrets go in and never come out."""

    def list_connections(self) -> list[Document]:
        return self._list("/connections")

    def read_connection(self, connection_id: str) -> Document:
        return self._get(join_path("connections", connection_id))

    def create_connection(self, connection_id: str, *, type: str = "s3", **settings: Any) -> Document:  # noqa: A002 - the name of the field
        """`filesystem` takes `root`; `s3` takes `bucket` and perhaps `prefix`, `endpoint`, `region`,
        `allow_http`, `path_style`, `access_key_id` with `secret_access_key`. Stored once its test passes."""
        body = {"id": connection_id, "type": type, **settings}
        return self._post("/connections", body, seconds_max=_TEST_SECONDS_MAX)

    def change_connection(self, connection_id: str, **settings: Any) -> Document:
        """What is not named stays; tested before it holds."""
        return self._patch(join_path("connections", connection_id), settings, seconds_max=_TEST_SECONDS_MAX)

    def test_connection(self, connection_id: str) -> Document:
        """`test` in the answer has the steps, and why one failed."""
        path = join_path("connections", connection_id, "actions", "test")
        return self._post(path, seconds_max=_TEST_SECONDS_MAX)

    def delete_connection(self, connection_id: str) -> None:
        """Refused while a destination or a dataset uses it; what lies in the store stays."""
        self._transport.call("DELETE", join_path("connections", connection_id))

    def browse_connection(self, connection_id: str, path: str = "") -> Document:
        return self._get(join_path("connections", connection_id, "browse"), path=path)
