// The parts of the plan that have names.
import { Text, TextInput } from "@mantine/core";
import type { Plan } from "../../api/model";
import { FieldGroup, Fields } from "../../parts/field-group";
import classes from "./page.module.css";
import type { Draft } from "./wishes";

interface Props {
  plan: Plan;
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
}

export function NameFields({ plan, draft, onChange }: Props) {
  return (
    <FieldGroup title="Names in the Flow">
      <Fields>
        <Name label="Zone" help="Its place in the Flow" name="zone" {...{ plan, draft, onChange }} />
        <Name label="Log dataset" help="Reads the logged queries" name="dataset" {...{ plan, draft, onChange }} />
        <Name label="Evaluate recipe" help="Compares them with the reference" name="recipe" {...{ plan, draft, onChange }} />
        <Name label="Model evaluation store" help="Keeps what comes out" name="store" {...{ plan, draft, onChange }} />
      </Fields>
    </FieldGroup>
  );
}

interface NameProps extends Props {
  label: string;
  help: string;
  name: "zone" | "dataset" | "recipe" | "store";
}

function Name({ label, help, name, plan, draft, onChange }: NameProps) {
  if (plan[name].exists) {
    return (
      <div className={classes.standing}>
        <Text size="sm" fw={600}>
          {label}
        </Text>
        <Text size="sm">
          {plan[name].name}
          <Text span size="sm" c="dimmed">
            {" "}
            stands already
          </Text>
        </Text>
      </div>
    );
  }
  return (
    <TextInput
      label={label}
      description={help}
      required
      withAsterisk={false}
      value={draft[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
    />
  );
}
