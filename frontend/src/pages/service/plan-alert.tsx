// Who is told when the status changes, and when it recovers.
import { NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import type { Plan } from "../../api/model";
import { FieldGroup, Fields } from "../../parts/field-group";
import type { Draft } from "./wishes";

const KINDS = [
  { value: "none", label: "nobody yet" },
  { value: "webhook", label: "a webhook (Slack-compatible)" },
  { value: "mail", label: "people, by mail" },
];

interface Props {
  plan: Plan;
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
}

export function AlertFields({ plan, draft, onChange }: Props) {
  const text = (name: "url" | "secret" | "host" | "sender" | "recipients") => ({
    value: draft[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => onChange({ [name]: event.currentTarget.value }),
  });
  return (
    <FieldGroup title="Alert">
      <Stack gap="sm">
        {plan.alerts.length > 0 && <Text size="sm">Told already: {plan.alerts.map(({ target }) => describe(target)).join("; ")}.</Text>}
        <NativeSelect
          label="Tell, when the status changes"
          data={KINDS}
          maw={320}
          value={draft.alert}
          onChange={(event) => onChange({ alert: event.currentTarget.value as Draft["alert"] })}
        />
        {draft.alert === "webhook" && (
          <Fields>
            <TextInput label="Address" type="url" required withAsterisk={false} placeholder="https://hooks.example.com/…" {...text("url")} />
            <TextInput type="password" label="Secret, to sign each message" description="Without one messages are unsigned" autoComplete="off" {...text("secret")} />
          </Fields>
        )}
        {draft.alert === "mail" && (
          <Fields>
            <TextInput label="To" description="Several with commas" required withAsterisk={false} {...text("recipients")} />
            <TextInput label="From" description="The sender's address" required withAsterisk={false} {...text("sender")} />
            <TextInput label="Mail server" description="STARTTLS" required withAsterisk={false} {...text("host")} />
            <TextInput
              label="Port"
              description="Of the mail server"
              type="number"
              min={1}
              max={65535}
              required
              withAsterisk={false}
              value={Number.isNaN(draft.port) ? "" : draft.port}
              onChange={(event) => onChange({ port: event.currentTarget.valueAsNumber })}
            />
          </Fields>
        )}
      </Stack>
    </FieldGroup>
  );
}

function describe(target: Plan["alerts"][number]["target"]): string {
  return target.kind === "webhook" ? target.url : target.recipients.join(", ");
}
