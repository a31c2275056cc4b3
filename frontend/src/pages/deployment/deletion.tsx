// Takes a deployment away: what goes and what stays, its id typed as the word for it, and the choice where events wait.
import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { act, ProblemError } from "../../api/client";
import type { Deployment } from "../../api/model";
import { formatCount } from "../../parts/readings";
import { Refusal } from "../../parts/refusal";
import { readReport } from "../../parts/reports";

export function Deletion({ deployment: { deployment_id, shipper } }: { deployment: Deployment }) {
  const [asked, setAsked] = useState(false);
  const [typed, setTyped] = useState("");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: (discard: boolean) =>
      act("delete", "/api/v1/deployments/{deployment_id}", { path: { deployment_id }, query: { discard } }),
    onSuccess: async () => {
      await navigate("/", { state: { deleted: deployment_id } });
      queries.removeQueries({ queryKey: ["deployments", deployment_id] });
      await queries.invalidateQueries();
    },
  });
  const waits = remove.error instanceof ProblemError && remove.error.details["spool_files"] !== undefined;
  const sure = typed === deployment_id;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (sure) remove.mutate(false);
  };
  return (
    <section className="card" aria-labelledby="deletion">
      <Stack gap="sm" maw={640}>
        <Title order={2} id="deletion">
          Delete the deployment
        </Title>
        <Text size="sm">
          Its node ends, and callers get no answer any more. Events that wait in the spool are shipped first. The service, its
          versions, the log and everything made from it stay.
        </Text>
        {!asked ? (
          <Group>
            <Button variant="default" onClick={() => setAsked(true)}>
              Delete …
            </Button>
          </Group>
        ) : (
          <form onSubmit={submit} aria-label="Delete the deployment">
            <Stack gap="sm">
              <TextInput
                label={`Type ${deployment_id} to confirm`}
                autoComplete="off"
                autoFocus
                maw={360}
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value.trim())}
              />
              {remove.isError && <Refusal what="Nothing was deleted" error={remove.error} />}
              {waits && !remove.isPending && (
                <Discard known={shipper ? readReport(shipper).spooled : 0} disabled={!sure} onDiscard={() => remove.mutate(true)} />
              )}
              <Group gap="sm">
                <Button type="submit" color="red" disabled={!sure} loading={remove.isPending}>
                  Delete {deployment_id}
                </Button>
                <Button
                  variant="default"
                  disabled={remove.isPending}
                  onClick={() => {
                    setAsked(false);
                    setTyped("");
                    remove.reset();
                  }}
                >
                  Keep it
                </Button>
                <Text size="sm" c="dimmed" role="status">
                  {remove.isPending ? "Waits until its events are shipped." : ""}
                </Text>
              </Group>
            </Stack>
          </form>
        )}
      </Stack>
    </section>
  );
}

/** `known`: how many the shipper has seen; it may not have read the newest yet. */
function Discard({ known, disabled, onDiscard }: { known: number; disabled: boolean; onDiscard: () => void }) {
  return (
    <Stack gap="xs" role="group" aria-label="Events that wait">
      <Text size="sm">
        {known > 0 && <b>{`${formatCount(known)} or more. `}</b>}
        These queries were answered, but the log does not have them yet. Discarding means that it never will: they are missing
        from every evaluation, for good.
      </Text>
      <Group>
        <Button color="red" variant="light" disabled={disabled} onClick={onDiscard}>
          Discard the events and delete
        </Button>
      </Group>
    </Stack>
  );
}
