// The form of a new API service: its id, and one or several endpoints, each with the model that answers.
import { Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, useNavigate } from "react-router";
import { act } from "../../api/client";
import { useModel } from "../../api/flow-queries";
import type { ProjectOverview } from "../../api/model";
import { FieldGroup, Fields } from "../../parts/field-group";
import { Refusal } from "../../parts/refusal";
import { serviceAddress } from "../../parts/serving-addresses";

const ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const ID_RULE = "a small letter or digit, then up to 62 of a–z, 0–9, _ and -";

interface Endpoint {
  /** Of the row in the form, which stays while the id is typed. */
  number: number;
  id: string;
  model: string;
  version: string;
}

interface Props {
  project: ProjectOverview;
  cancel?: string;
}

export function NewService({ project, cancel }: Props) {
  const names = project.models.map(({ name }) => name);
  const [service, setService] = useState(() => proposeId(names[0] ?? ""));
  const [endpoints, setEndpoints] = useState<readonly Endpoint[]>(() => [startEndpoint(0, names[0] ?? "")]);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => {
      const listed = endpoints.map(({ id, model, version }) => ({ endpoint_id: id, kind: "prediction", model, version }));
      return act("post", "/api/v1/services", { body: { project: project.key, service_id: service, endpoints: listed } });
    },
    onSuccess: async (made) => {
      await queries.invalidateQueries();
      await navigate(serviceAddress(made.project, made.service_id));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  const change = (number: number, changes: Partial<Endpoint>) =>
    setEndpoints((now) => now.map((one) => (one.number === number ? { ...one, ...changes } : one)));
  const add = () => {
    const model = names.find((name) => endpoints.every((one) => one.model !== name)) ?? names[0] ?? "";
    setEndpoints((now) => [...now, startEndpoint(Math.max(...now.map((one) => one.number)) + 1, model, now)]);
  };
  return (
    <form
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape" && cancel !== undefined) void navigate(cancel, { preventScrollReset: true });
      }}
      aria-label="New API service"
    >
      <Stack gap="sm" maw={860}>
        <TextInput
          label="Service"
          description={`Part of the address that callers use: ${ID_RULE}`}
          error={findFault(service)}
          required
          maw={560}
          value={service}
          onChange={(event) => setService(event.currentTarget.value)}
        />
        {endpoints.map((endpoint, index) => (
          <EndpointFields
            key={endpoint.number}
            title={endpoints.length === 1 ? null : `Endpoint ${index + 1}`}
            project={project}
            endpoint={endpoint}
            onChange={(changes) => change(endpoint.number, changes)}
            onRemove={endpoints.length === 1 ? null : () => setEndpoints(endpoints.filter((one) => one !== endpoint))}
          />
        ))}
        <Group>
          <Button variant="default" size="xs" onClick={add}>
            Add an endpoint
          </Button>
        </Group>
        {create.isError && <Refusal what="The service was not made" error={create.error} />}
        <Group gap="sm">
          <Button type="submit" loading={create.isPending}>
            Create the API service
          </Button>
          {cancel !== undefined && (
            <Button component={Link} to={cancel} variant="default">
              Not now
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

interface FieldsProps {
  /** null: the only one, which needs no title beside its field's. */
  title: string | null;
  project: ProjectOverview;
  endpoint: Endpoint;
  onChange: (changes: Partial<Endpoint>) => void;
  onRemove: (() => void) | null;
}

function EndpointFields({ title, project, endpoint, onChange, onRemove }: FieldsProps) {
  const versions = useModel(project.key, endpoint.model).data?.versions ?? [];
  const active = project.models.find(({ name }) => name === endpoint.model)?.active_version;
  const fields = (
    <Fields>
      <TextInput label="Endpoint" required value={endpoint.id} error={findFault(endpoint.id)} onChange={(event) => onChange({ id: event.currentTarget.value })} />
      <NativeSelect
        label="Model"
        data={project.models.map(({ name }) => name)}
        value={endpoint.model}
        onChange={(event) => onChange({ model: event.currentTarget.value, version: "active" })}
      />
      <NativeSelect
        label="Version"
        value={endpoint.version}
        data={[
          { value: "active", label: `active when published${active ? ` (${active} now)` : ""}` },
          ...versions.map(({ version }) => ({ value: version, label: `always ${version}` })),
        ]}
        onChange={(event) => onChange({ version: event.currentTarget.value })}
      />
    </Fields>
  );
  if (title === null) return fields;
  return (
    <FieldGroup title={title}>
      {fields}
      {onRemove && (
        <Group mt="xs">
          <Button variant="default" size="compact-sm" onClick={onRemove}>
            Remove {title.toLowerCase()}
          </Button>
        </Group>
      )}
    </FieldGroup>
  );
}

function findFault(id: string): string | null {
  return id === "" || ID.test(id) ? null : `“${id}” is no id; expected ${ID_RULE}`;
}

function startEndpoint(number: number, model: string, others: readonly Endpoint[] = []): Endpoint {
  const taken = new Set(others.map(({ id }) => id));
  const wanted = proposeId(model);
  let id = wanted;
  for (let tried = 2; taken.has(id); tried += 1) id = `${wanted}-${tried}`;
  return { number, id, model, version: "active" };
}

function proposeId(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, "-").replace(/^[^a-z0-9]+/, "").slice(0, 60);
}
