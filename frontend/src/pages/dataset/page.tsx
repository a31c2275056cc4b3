// A log dataset: how much there is of each day, its rows, and ways to read it elsewhere.
import { Alert, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useParams } from "react-router";
import { type Dataset, useDataset } from "../../api/flow-queries";
import { Facts } from "../../parts/facts";
import { flowAddress } from "../../parts/flow-addresses";
import { formatCount } from "../../parts/readings";
import { Trail } from "../../parts/trail";
import { Unknown } from "../../parts/unknown";
import { DayCalendar } from "./calendar";
import classes from "./page.module.css";
import { Rows } from "./rows";
import { TakeAway } from "./take-away";

export function DatasetPage() {
  const { project = "", name = "" } = useParams();
  const dataset = useDataset(project, name);
  if (dataset.isError) {
    return (
      <Stack className={classes.page}>
        <title>{`${name} · Dataset · Wakeline`}</title>
        <Unknown what={`dataset ${name}`} error={dataset.error} retry={() => void dataset.refetch()} to={flowAddress(project)} toWords={`See the Flow of ${project}`} />
      </Stack>
    );
  }
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
      ) : (
        <Content dataset={dataset.data} onRefresh={() => void dataset.refetch()} />
      )}
    </Stack>
  );
}

function Content({ dataset, onRefresh }: { dataset: Dataset; onRefresh: () => void }) {
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
      <Rows dataset={dataset} onRefresh={onRefresh} />
      <TakeAway dataset={dataset} />
    </>
  );
}

function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
