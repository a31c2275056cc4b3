// Two ways to test queries: rows of the model's reference, or one written as JSON.
import { Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Link } from "react-router";
import { act } from "../../api/client";
import { useChange, useModel } from "../../api/flow-queries";
import type { Endpoint } from "../../api/model";
import { FieldGroup } from "../../parts/field-group";
import { useFeatures } from "../../parts/features";
import { findQueryFaults, parseQuery } from "../../parts/query-text";
import { Refusal } from "../../parts/refusal";

const GENERATED_MAX = 50;
const USUAL_COUNT = 5;
const EMPTY = "{\n  \n}";

interface Props {
  place: { project: string; service_id: string; endpoint_id: string };
  endpoint: Endpoint;
  /** null where there is nothing else to show. */
  cancel: string | null;
}

export function NewQueries({ place, endpoint, cancel }: Props) {
  return (
    <Stack gap="sm" maw={860}>
      <Generate place={place} />
      <Write place={place} endpoint={endpoint} />
      {cancel !== null && (
        <Group>
          <Button component={Link} to={cancel} preventScrollReset variant="default" size="xs">
            Done
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function Generate({ place }: Pick<Props, "place">) {
  const [count, setCount] = useState(USUAL_COUNT);
  const generate = useChange(() =>
    act("post", "/api/v1/services/{project}/{service_id}/endpoints/{endpoint_id}/actions/generate-test-queries", {
      path: place,
      body: { count },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    generate.mutate(undefined);
  };
  return (
    <form onSubmit={submit} aria-label="From the reference">
      <FieldGroup title="From the model's reference">
        <Stack gap="sm">
          <Group gap="sm" align="end">
            <TextInput
              label="How many rows"
              description={`Up to ${GENERATED_MAX}, spread over the whole sample`}
              type="number"
              min={1}
              max={GENERATED_MAX}
              required
              withAsterisk={false}
              w={260}
              value={Number.isNaN(count) ? "" : count}
              onChange={(event) => setCount(event.currentTarget.valueAsNumber)}
            />
            <Button type="submit" variant="default" loading={generate.isPending}>
              Generate
            </Button>
          </Group>
          {generate.isError && <Refusal what="Nothing was generated" error={generate.error} />}
          <Text size="sm" role="status">
            {generate.data ? `Added: ${generate.data.items.map(({ name }) => name).join(", ")}.` : ""}
          </Text>
        </Stack>
      </FieldGroup>
    </form>
  );
}

function Write({ place, endpoint: { model, version } }: Pick<Props, "place" | "endpoint">) {
  const [name, setName] = useState("");
  const [text, setText] = useState(EMPTY);
  const [problem, setProblem] = useState<string | null>(null);
  const create = useChange((features: Record<string, never>) =>
    act("post", "/api/v1/services/{project}/{service_id}/endpoints/{endpoint_id}/test-queries", {
      path: place,
      body: { name, features },
    }),
  );
  const touched = text !== EMPTY || name !== "";
  const active = useModel(place.project, model ?? "", touched && model !== null && version === "active").data?.active_version ?? null;
  const schema = useFeatures(place.project, model ?? "", touched ? (version === "active" ? active : version) : null).data;
  const parsed = parseQuery(text);
  const faults = touched && schema && typeof parsed !== "string" ? findQueryFaults(parsed, schema) : [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const features = parseQuery(text);
    setProblem(typeof features === "string" ? features : null);
    if (typeof features !== "string") create.mutate(features as Record<string, never>);
  };
  return (
    <form onSubmit={submit} aria-label="Written as JSON">
      <FieldGroup title="Written as JSON">
        <Stack gap="sm">
          <TextInput
            label="Name"
            required
            maw={420}
            value={name}
            onChange={(event) => {
              create.reset();
              setName(event.currentTarget.value);
            }}
          />
          <Textarea
            label="Features"
            description={'{ "feature": value, … }'}
            rows={6}
            autosize={false}
            spellCheck={false}
            value={text}
            error={problem}
            onChange={(event) => {
              create.reset();
              setProblem(null);
              setText(event.currentTarget.value);
            }}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
          />
          {faults.length > 0 && (
            <Text size="sm" role="note">
              {`${faults.join(" ")} It can be kept all the same.`}
            </Text>
          )}
          {create.isError && <Refusal what="The query was not kept" error={create.error} />}
          <Group gap="sm">
            <Button type="submit" variant="default" loading={create.isPending}>
              Keep it
            </Button>
            <Text size="sm" role="status">
              {create.data ? `${create.data.name} is kept.` : ""}
            </Text>
          </Group>
        </Stack>
      </FieldGroup>
    </form>
  );
}
