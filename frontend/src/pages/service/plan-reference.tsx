// What the plan's recipe compares with: the model version's own reference, or a window of the log that it will read.
import { NativeSelect, Text, TextInput } from "@mantine/core";
import type { RecipeSettings } from "../../api/flow-queries";
import type { Monitoring, Plan } from "../../api/model";
import { addDays } from "../../parts/days";
import { Fields } from "../../parts/field-group";

const DAYS_TO_BEGIN_WITH = 7;

interface Props {
  plan: Plan;
  monitoring: Monitoring;
  settings: RecipeSettings;
  set: (changes: Partial<RecipeSettings>) => void;
}

export function ReferenceFields({ plan, monitoring, settings, set }: Props) {
  const { log_first_day: from, log_last_day: to } = monitoring;
  const window = settings.reference?.window ?? null;
  const [start = "", end = ""] = (window ?? "").split("/");
  const change = (first: string, last: string) =>
    set({ reference: { dataset: plan.dataset.name, window: `${first}/${addDays(last, 1)}` } });
  const choose = (source: string) => {
    if (source === "model" || from === null) set({ reference: null });
    else change(from, addDays(from, DAYS_TO_BEGIN_WITH - 1));
  };
  return (
    <>
      <Fields>
        <NativeSelect
          label="Reference"
          description="What each window is compared with"
          value={window === null ? "model" : "log"}
          data={[
            { value: "model", label: "The reference of the model version" },
            { value: "log", label: from === null ? "Days of the log (it has none yet)" : "Days of the log", disabled: from === null },
          ]}
          onChange={(event) => choose(event.currentTarget.value)}
        />
        {window !== null && (
          <>
            <TextInput
              type="date"
              label="Reference, first day"
              required
              withAsterisk={false}
              value={start}
              onChange={({ currentTarget: { value } }) => value && change(value, value > addDays(end, -1) ? value : addDays(end, -1))}
            />
            <TextInput
              type="date"
              label="Reference, last day"
              required
              withAsterisk={false}
              value={addDays(end, -1)}
              onChange={({ currentTarget: { value } }) => value && change(value < start ? value : start, value)}
            />
          </>
        )}
      </Fields>
      {window !== null && (
        <Text size="sm" c="dimmed">
          The log has rows from {from} to {to} (UTC).
        </Text>
      )}
    </>
  );
}
