// A log dataset: how much there is of each day, its rows, its columns.
import { Alert, Anchor, Badge, Group, NativeSelect, Skeleton, Stack, Text, Title } from "@mantine/core";
import { Link, useParams } from "react-router";
import { type Dataset, useDataset, usePreview } from "../../api/flow-queries";
import { Facts } from "../../parts/facts";
import { Failure } from "../../parts/failure";
import { flowAddress } from "../../parts/flow-addresses";
import { formatCount } from "../../parts/readings";
import { Trail } from "../../parts/trail";
import { describeWindow } from "../../parts/window-text";
import { DayCalendar } from "./calendar";
import { ROWS_MANY, type Shown, useChoice } from "./choice";
import classes from "./page.module.css";
import { RowTable } from "./row-table";
import { TakeAway } from "./take-away";

export function DatasetPage() {
  const { project = "", name = "" } = useParams();
  const dataset = useDataset(project, name);
  return (
    <Stack gap="md" className={classes.page}>
      <title>{`${name} · Dataset · Wakeline`}</title>
      <div>
        <Trail steps={[{ title: project, to: flowAddress(project) }]} />
        <Title order={1} mt={4} className={classes.name}>
          {name}
        </Title>
        <Text c="dimmed" size="sm" className={classes.name}>
          {dataset.data ? `Log at ${dataset.data.path}, connection ${dataset.data.connection_id}` : "Log dataset"}
        </Text>
      </div>
      {dataset.isPending ? (
        <Stack role="status" aria-label="Loading the dataset">
          <Skeleton height={160} />
          <Skeleton height={420} />
        </Stack>
      ) : dataset.isError ? (
        <Failure what="The dataset could not be shown" error={dataset.error} retry={() => void dataset.refetch()} />
      ) : (
        <Content dataset={dataset.data} />
      )}
    </Stack>
  );
}

function Content({ dataset }: { dataset: Dataset }) {
  const { partitions, columns } = dataset;
  const days = partitions.map(({ day }) => day).sort();
  const bytes = partitions.reduce((sum, one) => sum + one.bytes, 0);
  if (dataset.state === "empty" || partitions.length === 0) {
    return (
      <Alert color="gray" title="No rows yet">
        Nothing has been logged under <code>{dataset.path}</code>. Rows show up here seconds after the endpoint has answered its first query.
      </Alert>
    );
  }
  return (
    <>
      <section className="card" aria-label="Facts">
        <Facts
          facts={[
            ["Rows", formatCount(dataset.row_count)],
            ["Days", formatCount(days.length)],
            ["First day", days[0]],
            ["Last day", days.at(-1)],
            ["Columns", formatCount(columns.length)],
            ["On disk", formatBytes(bytes)],
          ]}
        />
      </section>
      <DayCalendar partitions={partitions} />
      <Rows dataset={dataset} />
      <TakeAway dataset={dataset} />
      <section className="card" aria-label="Columns">
        <Title order={2} mb="xs">
          Columns
        </Title>
        <ul className={classes.columns}>
          {columns.map((column) => (
            <li key={column.name}>
              <Text span size="sm" className={classes.columnName}>
                {column.name}
              </Text>
              <Badge color="gray" size="sm" miw="max-content">
                {column.type}
              </Badge>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function Rows({ dataset }: { dataset: Dataset }) {
  const { choice, link, change } = useChoice();
  const rows = usePreview(dataset.project, dataset.name, choice.day, choice.rows);
  const count = rows.data?.row_count ?? 0;
  return (
    <section className="card" aria-label="Rows" aria-busy={rows.isFetching}>
      <Group justify="space-between" align="end" gap="sm" mb="sm">
        <div>
          <Title order={2}>Rows</Title>
          <Text size="sm" c="dimmed" role="status">
            {rows.data ? describeShown(choice.day, rows.data.rows.length, count) : "Loading …"}{" "}
            {rows.data && rows.data.rows.length < Math.min(count, ROWS_MANY) && (
              <Anchor component={Link} to={link({ rows: ROWS_MANY })} preventScrollReset size="sm" td="underline">
                Show {formatCount(Math.min(count, ROWS_MANY))}
              </Anchor>
            )}{" "}
            {choice.day !== null && (
              <Anchor component={Link} to={link({ day: null })} preventScrollReset size="sm" td="underline">
                All days
              </Anchor>
            )}
          </Text>
        </div>
        <NativeSelect
          size="xs"
          aria-label="Columns of the table"
          value={choice.columns}
          data={[
            { value: "model", label: "Features and predictions" },
            { value: "all", label: "All columns" },
          ]}
          onChange={(event) => change({ columns: event.currentTarget.value as Shown })}
        />
      </Group>
      {rows.isPending ? (
        <Skeleton height={420} />
      ) : rows.isError ? (
        <Failure what="The rows could not be read" error={rows.error} retry={() => void rows.refetch()} />
      ) : rows.data.rows.length === 0 ? (
        <Text size="sm">There are no rows of this day.</Text>
      ) : (
        <RowTable preview={rows.data} shown={choice.columns} />
      )}
    </section>
  );
}

function describeShown(day: string | null, shown: number, count: number): string {
  const where = day === null ? "" : ` of ${describeDay(day)}`;
  if (shown === count) return `All ${formatCount(count)} rows${where}.`;
  return `The first ${formatCount(shown)} of ${formatCount(count)} rows${where}.`;
}

function describeDay(day: string): string {
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  return describeWindow(`${day}/${next}`);
}

function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
