"""What the routes of erasures answer with; the front end's types are generated from them."""

from typing import Literal

from pydantic import Field, JsonValue

from wakeline.server.answers import Answer, Moment


class ErasureAnswer(Answer):
    """`key_hash` is the SHA-256 of the JSON `[sorted prediction ids, where]`; the key itself is not kept.

    `places`: where rows, files and profiles went, which evaluations are run again, and what is `left`.
    """

    id: str
    project: str
    asked_by: str
    key_columns: list[str]
    key_hash: str
    job_id: str
    state: Literal["running", "done", "failed"]
    row_count: int
    places: list[dict[str, JsonValue]]
    created_at: Moment = Field(validation_alias="created_at_us")
    finished_at: Moment | None = Field(validation_alias="finished_at_us")
