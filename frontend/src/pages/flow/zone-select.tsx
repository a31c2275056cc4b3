// The choice of the zone that something new is put into.
import { NativeSelect } from "@mantine/core";
import type { Flow } from "../../api/flow-queries";

export function ZoneSelect({ flow, value, onChange }: { flow: Flow; value: string; onChange: (zone: string) => void }) {
  const zones = flow.zones.filter((zone) => zone.id !== null);
  if (zones.length === 0) return null;
  return (
    <NativeSelect
      label="Zone"
      value={value}
      data={[{ value: "", label: "Default zone" }, ...zones.map(({ name }) => ({ value: name, label: name }))]}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
