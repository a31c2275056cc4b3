"""Client calls about what is erased from logs."""

from collections.abc import Sequence

from wakeline.client.calls import Calls, Document, join_path


class ErasureCalls(Calls):
    def erase_events(
        self,
        project: str,
        *,
        prediction_ids: Sequence[str] = (),
        where: str | None = None,
        asked_by: str = "",
    ) -> Document:
        """The record of the erasure; `wait_for_job` with its `job_id` waits for the end.

        `where` is `column=value`, such as `features.customer_id=C-17`.
        """
        given = {"prediction_ids": list(prediction_ids), "where": where, "asked_by": asked_by}
        return self._post("/erasures", {"project": project, **given})

    def list_erasures(self, project: str) -> list[Document]:
        return self._transport.list_all("/erasures", {"project": project}, None)

    def read_erasure(self, erasure_id: str) -> Document:
        return self._get(join_path("erasures", erasure_id))
