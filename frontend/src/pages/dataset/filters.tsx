// Which rows: a range of days, and tests of columns that all hold. Both stand in the address.
import { Button, CloseButton, Group, NativeSelect, Text, TextInput } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useId, useState } from "react";
import type { Dataset } from "../../api/flow-queries";
import { type Column, type Filter, type Operator, useStatistics } from "../../api/rows";
import { isNumber, OPERATORS, useChoice } from "./choice";
import classes from "./page.module.css";

const NO_VALUE: readonly Operator[] = ["is-null", "not-null"];
const EXAMPLES: Partial<Record<Column["type"], string>> = { timestamp: "2013-04-02T00:00:00Z", date: "2013-04-02", boolean: "true" };

export function Filters({ dataset }: { dataset: Dataset }) {
  const { choice, change } = useChoice();
  const [adding, setAdding] = useState(false);
  const days = dataset.partitions.map(({ day }) => day).sort();
  const limits = { min: days[0] ?? "", max: days.at(-1) ?? "" };
  const narrowed = choice.from !== null || choice.to !== null || choice.filters.length > 0;
  return (
    <div>
      <Group gap="xs" align="end">
        <TextInput size="xs" type="date" label="From" {...limits} value={choice.from ?? ""} onChange={(event) => change({ from: event.currentTarget.value || null })} />
        <TextInput size="xs" type="date" label="To" {...limits} value={choice.to ?? ""} onChange={(event) => change({ to: event.currentTarget.value || null })} />
        <Button size="xs" variant="default" leftSection={<IconFilter size={14} aria-hidden />} aria-expanded={adding} onClick={() => setAdding(!adding)}>
          Add filter
        </Button>
        {narrowed && (
          <Button size="xs" variant="subtle" onClick={() => change({ from: null, to: null, filters: [] })}>
            All rows
          </Button>
        )}
      </Group>
      {choice.filters.length > 0 && (
        <ul className={classes.filters} aria-label="Filters">
          {choice.filters.map((filter, index) => (
            <li key={index} className={classes.filter}>
              <Text span size="sm">
                {describe(filter)}
              </Text>
              <CloseButton size="sm" aria-label={`Remove the filter ${describe(filter)}`} onClick={() => change({ filters: choice.filters.filter((_, other) => other !== index) })} />
            </li>
          ))}
        </ul>
      )}
      {adding && (
        <NewFilter
          dataset={dataset}
          onAdd={(filter) => {
            change({ filters: [...choice.filters, filter] });
            setAdding(false);
          }}
        />
      )}
    </div>
  );
}

function NewFilter({ dataset, onAdd }: { dataset: Dataset; onAdd: (filter: Filter) => void }) {
  const [name, setName] = useState(dataset.columns.find((one) => one.name.startsWith("features."))?.name ?? dataset.columns[0]?.name ?? "");
  const [operator, setOperator] = useState<Operator>("eq");
  const [value, setValue] = useState("");
  const levels = useId();
  const column = dataset.columns.find((one) => one.name === name);
  const known = useStatistics(dataset.project, dataset.name, { window: null, filters: [], sort: null, descending: false, columns: [name] });
  const needsValue = !NO_VALUE.includes(operator);
  const example = column && EXAMPLES[column.type];
  return (
    <form
      aria-label="New filter"
      onSubmit={(event) => {
        event.preventDefault();
        onAdd({ column: name, operator, value: needsValue ? value : "" });
      }}
    >
      <Group gap="xs" align="end" mt="xs">
        <NativeSelect size="xs" label="Column" maw={260} value={name} data={dataset.columns.map((one) => one.name)} onChange={(event) => setName(event.currentTarget.value)} />
        <NativeSelect
          size="xs"
          label="Test"
          value={operator}
          data={Object.entries(OPERATORS).map(([key, label]) => ({ value: key, label }))}
          onChange={(event) => setOperator(event.currentTarget.value as Operator)}
        />
        {needsValue && (
          <>
            <TextInput
              size="xs"
              label="Value"
              required
              list={levels}
              {...(column && isNumber(column) ? { type: "number", step: "any" } : {})}
              {...(example === undefined ? {} : { placeholder: example })}
              value={value}
              onChange={(event) => setValue(event.currentTarget.value)}
            />
            <datalist id={levels}>{known.data?.columns[0]?.levels.map((level) => <option key={level.value} value={level.value} />)}</datalist>
          </>
        )}
        <Button size="xs" type="submit">
          Filter
        </Button>
      </Group>
    </form>
  );
}

function describe({ column, operator, value }: Filter): string {
  return `${column} ${OPERATORS[operator]}${NO_VALUE.includes(operator) ? "" : ` ${value}`}`;
}
