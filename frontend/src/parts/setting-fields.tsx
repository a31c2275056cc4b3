// Fields of a recipe's settings: yes, no or detected; and a whole number.
import { NativeSelect, TextInput } from "@mantine/core";

export type Trinary = "auto" | boolean;

interface TrinaryProps {
  label: string;
  description: string;
  auto: string;
  value: Trinary;
  onChange: (value: Trinary) => void;
}

export function TrinaryField({ label, description, auto, value, onChange }: TrinaryProps) {
  return (
    <NativeSelect
      label={label}
      description={description}
      value={String(value)}
      data={[
        { value: "auto", label: auto },
        { value: "true", label: "Yes" },
        { value: "false", label: "No" },
      ]}
      onChange={(event) => onChange(event.currentTarget.value === "auto" ? "auto" : event.currentTarget.value === "true")}
    />
  );
}

interface NumberProps {
  label: string;
  description?: string;
  min: number;
  max: number;
  value: number;
  onChange: (value: number) => void;
}

export function NumberField({ label, description, min, max, value, onChange }: NumberProps) {
  return (
    <TextInput
      type="number"
      label={label}
      description={description}
      min={min}
      max={max}
      step={1}
      required
      value={Number.isNaN(value) ? "" : value}
      onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
    />
  );
}
