// Keeps the query that is on the page with the endpoint, as a test query to be run again.
import { Anchor, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Link } from "react-router";
import { act } from "../../api/client";
import { useChange } from "../../api/flow-queries";
import type { DeployedEndpoint, Deployment } from "../../api/model";
import type { Features } from "../../parts/query-text";
import { Refusal } from "../../parts/refusal";
import { serviceAddress } from "../../parts/serving-addresses";

interface Props {
  deployment: Deployment;
  endpoint: DeployedEndpoint;
  /** null while the text cannot be read. */
  features: Features | null;
}

export function KeepQuery({ deployment: { project, service_id }, endpoint: { endpoint_id }, features }: Props) {
  const [name, setName] = useState("");
  const keep = useChange((kept: Features) =>
    act("post", "/api/v1/services/{project}/{service_id}/endpoints/{endpoint_id}/test-queries", {
      path: { project, service_id, endpoint_id },
      body: { name, features: kept as Record<string, never> },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (features !== null) keep.mutate(features);
  };
  return (
    <form onSubmit={submit} className="card" aria-label="Keep this query">
      <Stack gap="sm">
        <Group gap="sm" align="end">
          <TextInput
            label="Keep this query as a test query"
            placeholder="Its name"
            required
            withAsterisk={false}
            w={280}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" disabled={features === null} loading={keep.isPending}>
            Keep
          </Button>
          <Anchor component={Link} to={serviceAddress(project, service_id, { endpoint: endpoint_id })} size="sm" pb={8}>
            All test queries
          </Anchor>
        </Group>
        {keep.isError && <Refusal what="The query was not kept" error={keep.error} />}
        <Text size="sm" role="status">
          {keep.data ? `${keep.data.name} is kept with ${endpoint_id}.` : ""}
        </Text>
      </Stack>
    </form>
  );
}
