// Which columns the table has: those of the model, all, or one's own choice of them.
import { Button, Checkbox, Group, NativeSelect, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import type { Column } from "../../api/rows";
import { isOfModel, type Shown, useChoice } from "./choice";
import classes from "./page.module.css";

const TITLES: Record<Shown, string> = { model: "Features and predictions", all: "All columns", chosen: "My choice" };

export function ColumnSelect() {
  const { choice, change } = useChoice();
  return (
    <NativeSelect
      size="xs"
      label="Columns"
      value={choice.shown}
      data={Object.entries(TITLES).map(([value, label]) => ({ value, label }))}
      onChange={(event) => change({ shown: event.currentTarget.value as Shown, row: choice.row })}
    />
  );
}

export function ColumnChecks({ columns }: { columns: readonly Column[] }) {
  const { choice, change } = useChoice();
  const [search, setSearch] = useState("");
  // The address follows a moment later than a tick has to show.
  const asked = choice.columns.join("\n");
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    setTicked(new Set(asked === "" ? columns.filter(isOfModel).map(({ name }) => name) : asked.split("\n")));
  }, [asked, columns]);
  const found = columns.filter(({ name }) => name.toLowerCase().includes(search.trim().toLowerCase()));
  const set = (names: readonly string[]) => {
    setTicked(new Set(names));
    change({ columns: names, row: choice.row });
  };
  const toggle = (name: string) => set(ticked.has(name) ? [...ticked].filter((one) => one !== name) : [...ticked, name]);
  return (
    <section aria-label="Choice of columns" className={classes.columnChoice}>
      <Group gap="xs" align="end" mb="xs">
        <TextInput size="xs" label="Search columns" value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
        <Button size="xs" variant="default" onClick={() => set(columns.filter(isOfModel).map(({ name }) => name))}>
          Features and predictions
        </Button>
        <Button size="xs" variant="default" onClick={() => set(columns.map(({ name }) => name))}>
          All
        </Button>
      </Group>
      <div className={classes.checks} tabIndex={0} role="group" aria-label="Columns of the log">
        {found.map(({ name, type }) => (
          <Checkbox key={name} size="xs" label={`${name} (${type})`} checked={ticked.has(name)} onChange={() => toggle(name)} />
        ))}
      </div>
    </section>
  );
}
