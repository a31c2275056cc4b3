// The fields of a query, made from the feature schema: type, range, levels. An empty field is a missing value.
import { NativeSelect, TextInput } from "@mantine/core";
import { useId } from "react";
import type { Feature, FeatureValue } from "../../parts/feature-schema";
import type { Features } from "../../parts/query-text";
import type { Fault } from "../../parts/node-answer";
import classes from "./run-and-test.module.css";

interface Props {
  schema: readonly Feature[];
  features: Features;
  faults: readonly Fault[];
  /** An undefined value leaves the feature out. */
  onChange: (name: string, value: FeatureValue | undefined) => void;
}

export function FeatureForm({ schema, features, faults, onChange }: Props) {
  return (
    <div className={classes.fields}>
      {schema.map((feature) => (
        <Field
          key={feature.name}
          feature={feature}
          value={features[feature.name]}
          fault={faults.find((one) => one.feature === feature.name)}
          onChange={(value) => onChange(feature.name, value)}
        />
      ))}
    </div>
  );
}

interface FieldProps {
  feature: Feature;
  value: unknown;
  fault: Fault | undefined;
  onChange: (value: FeatureValue | undefined) => void;
}

function Field({ feature, value, fault, onChange }: FieldProps) {
  const list = useId();
  const shared = {
    label: feature.name,
    description: describe(feature, value),
    error: fault ? `found ${fault.found}, expected ${fault.expected}` : undefined,
    required: feature.missing === "refuse",
  };
  if (feature.type === "boolean") {
    return (
      <NativeSelect
        {...shared}
        data={[{ value: "", label: feature.missing === "refuse" ? "required" : "missing" }, "true", "false"]}
        value={typeof value === "boolean" ? String(value) : ""}
        onChange={(event) => onChange(event.currentTarget.value === "" ? undefined : event.currentTarget.value === "true")}
      />
    );
  }
  if (feature.type === "string") {
    return (
      <>
        <TextInput
          {...shared}
          list={list}
          placeholder={feature.missing === "refuse" ? "required" : "missing"}
          autoComplete="off"
          value={typeof value === "string" ? value : ""}
          onChange={(event) => onChange(event.currentTarget.value || undefined)}
        />
        <datalist id={list}>
          {feature.levels.map((level) => (
            <option key={level} value={level} />
          ))}
        </datalist>
      </>
    );
  }
  return (
    <TextInput
      {...shared}
      type="number"
      step="any"
      placeholder={feature.missing === "refuse" ? "required" : "missing"}
      value={typeof value === "number" ? value : ""}
      onChange={(event) => onChange(Number.isNaN(event.currentTarget.valueAsNumber) ? undefined : event.currentTarget.valueAsNumber)}
    />
  );
}

function describe(feature: Feature, value: unknown): string {
  const { type, minimum, maximum, levels } = feature;
  if (value !== undefined && value !== null && typeof value !== expected[type]) {
    return `In the JSON: ${JSON.stringify(value)}`;
  }
  if (type === "double" && minimum !== null && maximum !== null) {
    const outside = typeof value === "number" && (value < minimum || value > maximum);
    return `${round(minimum)} to ${round(maximum)}${outside ? ": outside of what was trained" : ""}`;
  }
  if (type === "string" && levels.length > 0) {
    const unknown = typeof value === "string" && !levels.includes(value);
    const few = levels.slice(0, 4).join(", ");
    return unknown ? `Not among the ${levels.length} trained levels` : levels.length > 4 ? `${few}, … (${levels.length})` : few;
  }
  return type;
}

function round(value: number): number {
  return Number(value.toPrecision(5));
}

const expected = { double: "number", boolean: "boolean", string: "string" } as const;
