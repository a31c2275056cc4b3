// Who is told of a store: a webhook or people by mail. Secrets go in and never come out; left empty they stay.
import { Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { act } from "../../api/client";
import { useChange } from "../../api/flow-queries";
import type { AlertOf } from "../../api/model";
import { Refusal } from "../../parts/refusal";
import classes from "./page.module.css";

const MAIL_PORT = 587;
const KINDS = [
  { value: "webhook", label: "A webhook (Slack-compatible)" },
  { value: "mail", label: "People, by mail" },
];
const SECURITIES = [
  { value: "starttls", label: "STARTTLS" },
  { value: "tls", label: "TLS" },
  { value: "none", label: "none" },
];

interface Draft {
  name: string;
  kind: "webhook" | "mail";
  url: string;
  secret: string;
  host: string;
  port: string;
  security: "none" | "starttls" | "tls";
  username: string;
  password: string;
  sender: string;
  recipients: string;
}

interface Props {
  project: string;
  store: string;
  /** The one that is changed; none where one is made. */
  alert: AlertOf | null;
  /** Names that others have. */
  taken: readonly string[];
  onDone: () => void;
}

export function AlertForm({ project, store, alert, taken, onDone }: Props) {
  const [draft, setDraft] = useState<Draft>(() => startDraft(alert, taken));
  const keep = useChange<undefined, unknown>(() => {
    const body = { name: draft.name.trim(), target: buildTarget(draft) };
    return alert === null
      ? act("post", "/api/v1/alerts", { body: { ...body, project, store } })
      : act("patch", "/api/v1/alerts/{alert_id}", { path: { alert_id: alert.id }, body });
  }, onDone);
  const text = (name: Exclude<keyof Draft, "kind" | "security">) => ({
    value: draft[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => setDraft({ ...draft, [name]: event.currentTarget.value }),
  });
  const { target } = alert ?? {};
  return (
    <form aria-label="Alert" onSubmit={(event) => (event.preventDefault(), keep.mutate(undefined))}>
      <Stack gap="sm">
        <div className={classes.fields}>
          <TextInput label="Name" required maxLength={200} {...text("name")} />
          <NativeSelect label="Tell" data={KINDS} value={draft.kind} onChange={(event) => setDraft({ ...draft, kind: event.currentTarget.value as Draft["kind"] })} />
        </div>
        {draft.kind === "webhook" ? (
          <div className={classes.fields}>
            <TextInput label="Address" type="url" required placeholder="https://hooks.example.com/…" {...text("url")} />
            <TextInput
              type="password"
              label="Secret, to sign each message"
              placeholder={target?.kind === "webhook" && target.signed ? "kept while it is empty" : "unsigned without one"}
              minLength={8}
              autoComplete="off"
              {...text("secret")}
            />
          </div>
        ) : (
          <>
            <div className={classes.fields}>
              <TextInput label="To (several with commas)" required {...text("recipients")} />
              <TextInput label="From" required {...text("sender")} />
            </div>
            <div className={classes.fields}>
              <TextInput label="Mail server" required {...text("host")} />
              <TextInput label="Port" type="number" min={1} max={65535} required {...text("port")} />
              <NativeSelect label="Encryption" data={SECURITIES} value={draft.security} onChange={(event) => setDraft({ ...draft, security: event.currentTarget.value as Draft["security"] })} />
            </div>
            <div className={classes.fields}>
              <TextInput label="User name" placeholder="none" autoComplete="off" {...text("username")} />
              <TextInput
                type="password"
                label="Password"
                placeholder={target?.kind === "mail" && target.has_password ? "kept while it is empty" : "none"}
                autoComplete="off"
                {...text("password")}
              />
            </div>
          </>
        )}
        <Group gap="xs">
          <Button type="submit" size="xs" loading={keep.isPending} disabled={draft.name.trim() === ""}>
            {alert === null ? "Add the alert" : "Save the alert"}
          </Button>
          <Button size="xs" variant="default" onClick={onDone}>
            Leave it
          </Button>
        </Group>
        {keep.isError && <Refusal what="The alert was not saved" error={keep.error} />}
      </Stack>
    </form>
  );
}

function startDraft(alert: AlertOf | null, taken: readonly string[]): Draft {
  const draft: Draft = {
    name: alert?.name ?? pickName(taken),
    kind: "webhook",
    url: "",
    secret: "",
    host: "",
    port: String(MAIL_PORT),
    security: "starttls",
    username: "",
    password: "",
    sender: "",
    recipients: "",
  };
  if (!alert) return draft;
  const { target } = alert;
  if (target.kind === "webhook") return { ...draft, url: target.url };
  const { host, port, security, username, sender, recipients } = target;
  return { ...draft, kind: "mail", host, port: String(port), security, username: username ?? "", sender, recipients: recipients.join(", ") };
}

function pickName(taken: readonly string[]): string {
  let name = "Alert";
  for (let number = 2; taken.includes(name); number += 1) name = `Alert ${number}`;
  return name;
}

function buildTarget({ kind, url, secret, host, port, security, username, password, sender, recipients }: Draft) {
  if (kind === "webhook") return { kind, url, ...(secret && { secret }) };
  return {
    kind,
    host,
    port: Number(port),
    security,
    sender,
    recipients: recipients.split(/[\s,;]+/).filter(Boolean),
    username: username || null,
    ...(password && { password }),
  };
}
