// One row with all its columns, and steps to the rows around it.
import { Button, CloseButton, Group, Skeleton, Text, Title } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { type Column, type Question, type Row, useRow } from "../../api/rows";
import { Failure } from "../../parts/failure";
import { formatCount } from "../../parts/readings";
import { showCell } from "./cells";
import { useChoice } from "./choice";
import classes from "./page.module.css";

interface Props {
  project: string;
  name: string;
  question: Question;
  version: number | null;
  row: number;
  count: number;
}

export function RowDetails({ project, name, question, version, row, count }: Props) {
  const { change } = useChoice();
  const answer = useRow(project, name, question, version, row);
  const found = answer.data?.rows[0];
  return (
    <section className={classes.details} aria-label="Row whole" aria-busy={answer.isPlaceholderData} tabIndex={0}>
      <Group justify="space-between" wrap="nowrap" mb="xs">
        <Title order={3} size="h5">
          Row {formatCount(row + 1)}
        </Title>
        <Group gap={4} wrap="nowrap">
          <Button size="compact-xs" variant="default" aria-label="Row before" disabled={row === 0} onClick={() => change({ row: row - 1 })}>
            <IconChevronLeft size={14} aria-hidden />
          </Button>
          <Button size="compact-xs" variant="default" aria-label="Row after" disabled={row + 1 >= count} onClick={() => change({ row: row + 1 })}>
            <IconChevronRight size={14} aria-hidden />
          </Button>
          <CloseButton size="sm" aria-label="Close the row" onClick={() => change({ row: null })} />
        </Group>
      </Group>
      {answer.isError ? (
        <Failure what="The row could not be read" error={answer.error} retry={() => void answer.refetch()} />
      ) : answer.isPending ? (
        <Skeleton height={320} role="status" aria-label="Loading the row" />
      ) : found && answer.data ? (
        <Values columns={answer.data.columns} row={found} />
      ) : (
        <Text size="sm">There are only {formatCount(count)} rows.</Text>
      )}
    </section>
  );
}

function Values({ columns, row }: { columns: readonly Column[]; row: Row }) {
  return (
    <dl className={classes.values}>
      {columns.map((column) => (
        <div key={column.name}>
          <dt>{column.name}</dt>
          <dd data-none={row[column.name] === null || undefined}>{showWhole(row[column.name], column)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Numbers with all their digits, JSON with its lines. */
function showWhole(value: Row[string] | undefined, column: Column) {
  if (typeof value === "number") return String(value);
  if (typeof value === "string" && /^[[{]/.test(value)) {
    try {
      return <pre className={classes.json}>{JSON.stringify(JSON.parse(value), null, 2)}</pre>;
    } catch {
      return value;
    }
  }
  return showCell(value, column);
}
