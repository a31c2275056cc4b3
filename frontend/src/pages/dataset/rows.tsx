// The rows of a dataset: which, how many, as a table, and one of them whole.
import { ActionIcon, Alert, Anchor, Button, Group, Skeleton, Text, TextInput, Title } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import type { Dataset } from "../../api/flow-queries";
import { useFirstRows } from "../../api/rows";
import { Failure } from "../../parts/failure";
import { formatCount } from "../../parts/readings";
import { type Choice, makeQuestion, useChoice } from "./choice";
import { ColumnChecks, ColumnSelect } from "./column-choice";
import { Filters } from "./filters";
import classes from "./page.module.css";
import { RowDetails } from "./row-details";
import { RowTable } from "./row-table";

export function Rows({ dataset, onRefresh }: { dataset: Dataset; onRefresh: () => void }) {
  const { choice, link } = useChoice();
  const { project, name } = dataset;
  const question = useMemo(() => makeQuestion(choice, dataset.columns), [choice, dataset.columns]);
  const rows = useFirstRows(project, name, question);
  const count = rows.data?.row_count ?? 0;
  const refresh = () => {
    onRefresh();
    void rows.refetch();
  };
  return (
    <section className="card" aria-label="Rows" aria-busy={rows.isFetching}>
      <Group justify="space-between" align="end" gap="sm" mb="sm">
        <div>
          <Group gap={6}>
            <Title order={2}>Rows</Title>
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label="Look again for newer rows" title="Look again for newer rows" onClick={refresh} loading={rows.isRefetching}>
              <IconRefresh size={15} aria-hidden />
            </ActionIcon>
          </Group>
          <Text size="sm" c="dimmed" role="status">
            {rows.data ? describeRows(count, dataset.row_count, choice) : rows.isError ? "" : "Loading …"}
          </Text>
        </div>
        <Group gap="xs" align="end">
          {count > 0 && <GoTo count={count} />}
          <ColumnSelect />
        </Group>
      </Group>
      <Filters dataset={dataset} />
      {choice.shown === "chosen" && <ColumnChecks columns={dataset.columns} />}
      <div className={classes.rows}>
        {rows.isPending ? (
          <Skeleton height={480} role="status" aria-label="Loading the rows" />
        ) : rows.isError ? (
          <Failure what="The rows could not be read" error={rows.error} retry={() => void rows.refetch()} />
        ) : count === 0 && !rows.isPlaceholderData ? (
          <Alert color="gray" title="No row fits">
            None of the {formatCount(dataset.row_count)} rows is of these days and passes every filter.{" "}
            <Anchor component={Link} to={link({ from: null, to: null, filters: [] })} preventScrollReset size="sm" td="underline">
              Show all rows
            </Anchor>
          </Alert>
        ) : (
          <div className={classes.split} data-open={choice.row !== null || undefined}>
            <div className={classes.tableSide}>
              <RowTable project={project} name={name} question={question} first={rows.data} stale={rows.isPlaceholderData} retry={refresh} />
            </div>
            {choice.row !== null && (
              <RowDetails project={project} name={name} question={question} version={rows.data.version} row={choice.row} count={count} />
            )}
          </div>
        )}
      </div>
    </section>
  );
}

function GoTo({ count }: { count: number }) {
  const { change } = useChoice();
  const [row, setRow] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change({ row: Number(row) - 1 });
      }}
    >
      <Group gap={4} align="end" wrap="nowrap">
        <TextInput size="xs" w={110} type="number" min={1} max={count} step={1} required withAsterisk={false} label="Go to row" value={row} onChange={(event) => setRow(event.currentTarget.value)} />
        <Button size="xs" type="submit" variant="default">
          Go
        </Button>
      </Group>
    </form>
  );
}

/** How many, in which order, and what the bars in the heads are of. */
function describeRows(count: number, all: number, { sort, filters }: Choice): string {
  const many = count === all ? `All ${formatCount(all)} rows.` : `${formatCount(count)} of ${formatCount(all)} rows.`;
  const order = sort === null ? "In the order of the log; a head sorts by its column." : "";
  const bars = filters.length > 0 ? "Bars in the heads: of the days chosen, without the filters." : "";
  return [many, order, bars].filter(Boolean).join(" ");
}
