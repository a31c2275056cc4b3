// A connection that is made or changed. It holds only after its test has passed; the secret left empty stays.
import { Button, Checkbox, Group, NativeSelect, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ChangeEvent, type FormEvent, useState } from "react";
import { act } from "../../api/client";
import type { Connection } from "../../api/model";
import { Refusal } from "../../parts/refusal";

const TYPES = [
  { value: "s3", label: "S3 or a compatible store" },
  { value: "filesystem", label: "a folder of this machine" },
];
const CREDENTIALS = { own: "an access key", cloud: "the cloud's own" } as const;

interface Props {
  /** The one that is changed; null where one is made. */
  connection: Connection | null;
  close: () => void;
}

interface Draft {
  id: string;
  type: string;
  root: string;
  bucket: string;
  prefix: string;
  endpoint: string;
  region: string;
  allowHttp: boolean;
  pathStyle: boolean;
  credentials: keyof typeof CREDENTIALS;
  accessKey: string;
  secret: string;
}

export function ConnectionForm({ connection, close }: Props) {
  const [draft, setDraft] = useState<Draft>(() => startDraft(connection));
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      const body = buildBody(draft, connection);
      return connection === null
        ? act("post", "/api/v1/connections", { body: { id: draft.id, type: draft.type, ...body } })
        : act("patch", "/api/v1/connections/{connection_id}", {
            path: { connection_id: connection.id },
            body,
            ifMatch: connection.etag,
          });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["connections"] });
      await queries.invalidateQueries({ queryKey: ["destinations"] });
      close();
    },
  });
  const text = (name: keyof Draft) => ({
    value: String(draft[name]),
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLSelectElement>) => setDraft({ ...draft, [name]: event.currentTarget.value }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} aria-label={connection === null ? "New connection" : `Change the connection ${connection.id}`}>
      <Stack gap="md" maw={640}>
        {connection === null && (
          <>
            <TextInput label="Id" description="Letters, digits, - and _, such as lake" required {...text("id")} />
            <NativeSelect label="Type" data={TYPES} {...text("type")} />
          </>
        )}
        {draft.type === "filesystem" ? (
          <TextInput label="Folder" description="Absolute, or below the home" required {...text("root")} />
        ) : (
          <Bucket draft={draft} setDraft={setDraft} text={text} hasSecret={connection?.has_secret ?? false} />
        )}
        {save.isError && <Refusal what={connection === null ? "Nothing was made" : "Nothing was changed"} error={save.error} />}
        <Group gap="sm">
          <Button type="submit" loading={save.isPending}>
            Test and save
          </Button>
          <Button variant="default" onClick={close} disabled={save.isPending}>
            Cancel
          </Button>
          <Text size="sm" c="dimmed">
            The test writes a few small objects and deletes them.
          </Text>
        </Group>
      </Stack>
    </form>
  );
}

interface BucketProps {
  draft: Draft;
  setDraft: (draft: Draft) => void;
  text: (name: keyof Draft) => { value: string; onChange: (event: ChangeEvent<HTMLInputElement | HTMLSelectElement>) => void };
  hasSecret: boolean;
}

function Bucket({ draft, setDraft, text, hasSecret }: BucketProps) {
  return (
    <>
      <TextInput label="Bucket" required {...text("bucket")} />
      <TextInput label="Prefix" description="Everything lies below it; may be empty" {...text("prefix")} />
      <TextInput label="Endpoint" description="https://HOST[:PORT] of a compatible store; empty for Amazon's" {...text("endpoint")} />
      <TextInput label="Region" description="Such as eu-central-1; may be empty" {...text("region")} />
      <Checkbox
        label="Allow an endpoint without encryption"
        description="Keys are never sent in clear, events are"
        checked={draft.allowHttp}
        onChange={(event) => setDraft({ ...draft, allowHttp: event.currentTarget.checked })}
      />
      <Checkbox
        label="Bucket in the path"
        description="Most compatible stores want it; otherwise it stands in the host name"
        checked={draft.pathStyle}
        onChange={(event) => setDraft({ ...draft, pathStyle: event.currentTarget.checked })}
      />
      <NativeSelect
        label="Credentials"
        description="The cloud's own come from the environment or the machine, and are renewed"
        data={Object.entries(CREDENTIALS).map(([value, label]) => ({ value, label }))}
        {...text("credentials")}
      />
      {draft.credentials === "own" && (
        <>
          <TextInput label="Access key id" required autoComplete="off" {...text("accessKey")} />
          <PasswordInput
            label="Secret"
            description={`It is kept in a file that only the server's user can read, and never shown again.${hasSecret ? " Left empty, it stays." : ""}`}
            required={!hasSecret}
            autoComplete="off"
            {...text("secret")}
          />
        </>
      )}
    </>
  );
}

function startDraft(connection: Connection | null): Draft {
  return {
    id: "",
    type: connection?.type ?? "s3",
    root: connection?.root ?? "",
    bucket: connection?.bucket ?? "",
    prefix: connection?.prefix ?? "",
    endpoint: connection?.endpoint ?? "",
    region: connection?.region ?? "",
    allowHttp: connection?.allow_http ?? false,
    pathStyle: connection?.path_style ?? true,
    credentials: connection === null || connection.has_secret ? "own" : "cloud",
    accessKey: connection?.access_key_id ?? "",
    secret: "",
  };
}

function buildBody(draft: Draft, connection: Connection | null) {
  if (draft.type === "filesystem") return { root: draft.root };
  const place = {
    bucket: draft.bucket,
    prefix: draft.prefix,
    endpoint: draft.endpoint || null,
    region: draft.region || null,
    allow_http: draft.allowHttp,
    path_style: draft.pathStyle,
  };
  if (draft.credentials === "cloud") return { ...place, access_key_id: null, secret_access_key: null };
  const keeps = draft.secret === "" && connection?.has_secret;
  return { ...place, access_key_id: draft.accessKey, ...(keeps ? {} : { secret_access_key: draft.secret }) };
}
