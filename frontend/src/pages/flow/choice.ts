// What the address chooses on the Flow: an item, a zone, or something to be made. So each view is a link.
import { useSearchParams } from "react-router";

export type Making = "zone" | "dataset" | "recipe" | "store";
const MAKING: readonly string[] = ["zone", "dataset", "recipe", "store"] satisfies Making[];

export interface Choice {
  /** As `kind:name`. */
  item: string | null;
  making: Making | null;
  /** With `making`: the zone to make it in. */
  zone: string | null;
  /** Where a dataset is looked for: a connection and a folder of it. */
  connection: string | null;
  path: string | null;
  /** A run to be watched. */
  job: string | null;
}

const NOTHING: Choice = { item: null, making: null, zone: null, connection: null, path: null, job: null };

export function useChoice() {
  const [parameters, setParameters] = useSearchParams();
  const made = parameters.get("new");
  const choice: Choice = {
    item: parameters.get("item"),
    making: made !== null && MAKING.includes(made) ? (made as Making) : null,
    zone: parameters.get("zone"),
    connection: parameters.get("connection"),
    path: parameters.get("path"),
    job: parameters.get("job"),
  };
  return {
    choice,
    /** The address of a view that shows nothing but this. */
    link: (change: Partial<Choice>) => encode({ ...NOTHING, ...change }),
    /** The address of this view with something changed. */
    alter: (change: Partial<Choice>) => encode({ ...choice, ...change }),
    open: (change: Partial<Choice>) => setParameters(encode({ ...NOTHING, ...change })),
    change: (change: Partial<Choice>) => setParameters(encode({ ...choice, ...change })),
  };
}

function encode({ item, making, zone, connection, path, job }: Choice): string {
  const parameters = new URLSearchParams();
  const named = { item, new: making, zone, connection, path, job };
  for (const [name, value] of Object.entries(named)) if (value !== null) parameters.set(name, value);
  return `?${parameters}`;
}
