// A real query to the deployment's node: a form and the same as JSON, side by side; then the answer.
import { Alert, Button, Group, NativeSelect, Skeleton, Stack, Text, Textarea, Title } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useSearchParams } from "react-router";
import { act } from "../../api/client";
import type { DeployedEndpoint, Deployment } from "../../api/model";
import { useStoredQueries } from "../../api/serving";
import { Failure } from "../../parts/failure";
import { buildExample, type Feature } from "../../parts/feature-schema";
import { useFeatures } from "../../parts/features";
import { type Features, parseQuery, writeQuery } from "../../parts/query-text";
import { Refusal } from "../../parts/refusal";
import { Answer } from "./answer";
import { FeatureForm } from "./feature-form";
import { KeepQuery } from "./keep-query";
import { changeFeature, pickQuery, QUERY } from "./query";
import { readFaults } from "../../parts/node-answer";
import classes from "./run-and-test.module.css";

interface Props {
  deployment: Deployment;
  endpoint: DeployedEndpoint;
}

export function RunAndTest({ deployment, endpoint }: Props) {
  const schema = useFeatures(deployment.project, endpoint.model, endpoint.model_version);
  if (schema.isError) {
    return <Failure what="The model's features could not be read" error={schema.error} retry={() => void schema.refetch()} />;
  }
  if (!schema.data) return <Skeleton height={420} role="status" aria-label="Loading the features" />;
  return <Trial deployment={deployment} endpoint={endpoint} schema={schema.data} />;
}

function Trial({ deployment, endpoint, schema }: Props & { schema: readonly Feature[] }) {
  const [parameters, setParameters] = useSearchParams();
  const [text, setText] = useState(() => writeQuery(pickQuery(parameters, schema)));
  const parsed = parseQuery(text);
  const broken = typeof parsed === "string";
  const query = useMutation({
    mutationFn: (features: Features) =>
      act("post", "/api/v1/deployments/{deployment_id}/actions/query", {
        path: { deployment_id: deployment.deployment_id },
        body: { endpoint_id: endpoint.endpoint_id, features: features as Record<string, never> },
      }),
  });
  const run = (event: FormEvent) => {
    event.preventDefault();
    if (broken) return;
    query.mutate(parsed);
    setParameters((now) => new URLSearchParams([...[...now].filter(([name]) => name !== QUERY), [QUERY, JSON.stringify(parsed)]]), {
      replace: true,
      preventScrollReset: true,
    });
  };
  const stale = broken || JSON.stringify(parsed) !== JSON.stringify(query.variables);
  const faults = query.data && !stale ? readFaults(query.data.answer) : [];
  return (
    <Stack gap="md">
      <form onSubmit={run} noValidate className={classes.trial} aria-label="Run & Test">
        <section className={`card ${classes.form}`} aria-labelledby="features">
          <Group justify="space-between" mb="sm" gap="xs">
            <Title order={2} id="features">
              Features
            </Title>
            <Group gap="xs">
              <Kept deployment={deployment} endpoint={endpoint} onChoose={(features) => setText(writeQuery(features))} />
              <Button variant="default" size="compact-sm" onClick={() => setText(writeQuery(buildExample(schema)))}>
                Example values
              </Button>
            </Group>
          </Group>
          {broken ? (
            <Alert color="yellow" title="The JSON cannot be read">
              <Text size="sm">The form comes back as soon as it can.</Text>
            </Alert>
          ) : (
            <FeatureForm
              schema={schema}
              features={parsed}
              faults={faults}
              onChange={(name, value) => setText(writeQuery(changeFeature(schema, parsed, name, value)))}
            />
          )}
        </section>
        <Stack gap="md" className={classes.side ?? ""}>
          <section className="card" aria-label="Query as JSON">
            <Textarea
              label="The same as JSON"
              description="Form and JSON follow each other"
              autosize={false}
              rows={Math.min(schema.length + 2, 14)}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              error={broken ? parsed : undefined}
              spellCheck={false}
              styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
            />
            <Group mt="sm" gap="sm">
              <Button
                type="submit"
                disabled={broken}
                loading={query.isPending}
                leftSection={<IconPlayerPlay size={16} aria-hidden />}
              >
                Run
              </Button>
              <Text size="sm" c="dimmed" flex={1}>
                A real query: the node logs it like any other.
              </Text>
            </Group>
          </section>
          <div aria-live="polite">
            {query.isError && <Refusal what="The query was not answered" error={query.error} />}
            {query.data && !query.isPending && <Answer answer={query.data} stale={stale} />}
          </div>
        </Stack>
      </form>
      <KeepQuery deployment={deployment} endpoint={endpoint} features={broken ? null : parsed} />
    </Stack>
  );
}

interface KeptProps {
  deployment: Deployment;
  endpoint: DeployedEndpoint;
  onChoose: (features: Features) => void;
}

/** The test queries that are kept with the endpoint, to be taken into the form. */
function Kept({ deployment: { project, service_id }, endpoint: { endpoint_id }, onChoose }: KeptProps) {
  const items = useStoredQueries(project, service_id, endpoint_id).data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <NativeSelect
      size="xs"
      aria-label="A kept test query"
      value=""
      data={[{ value: "", label: "Kept test queries …" }, ...items.map(({ id, name }) => ({ value: id, label: name }))]}
      onChange={({ currentTarget: { value } }) => {
        const chosen = items.find(({ id }) => id === value);
        if (chosen) onChoose(chosen.features);
      }}
    />
  );
}
