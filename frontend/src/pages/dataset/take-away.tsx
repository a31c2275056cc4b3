// The log outside of Wakeline: as a file, or read where it lies by other engines.
import { Button, Group, NativeSelect, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import type { Dataset } from "../../api/flow-queries";
import { downloadAddress, useSnippets } from "../../api/rows";
import { CodeBlock } from "../../parts/code";
import { Failure } from "../../parts/failure";
import { makeQuestion, useChoice } from "./choice";

const ENGINES: Record<string, string> = { duckdb: "DuckDB", polars: "Polars", pandas: "pandas", spark: "Spark" };
const FORMATS = [
  { format: "csv", title: "CSV" },
  { format: "parquet", title: "Parquet" },
  { format: "arrow", title: "Arrow" },
] as const;

export function TakeAway({ dataset: { project, name, columns } }: { dataset: Dataset }) {
  const { choice } = useChoice();
  const question = makeQuestion(choice, columns);
  const snippets = useSnippets(project, name, question.window);
  const narrowed = question.window !== null || question.filters.length > 0;
  const [engine, setEngine] = useState("duckdb");
  const items = snippets.data?.items ?? [];
  const chosen = items.find((one) => one.engine === engine) ?? items[0];
  return (
    <section className="card" aria-label="Take away">
      <Stack gap="sm">
        <Group justify="space-between" align="end" gap="sm">
          <div>
            <Title order={2}>Take away</Title>
            <Text size="sm" c="dimmed">
              The log is a Delta table: read it where it lies, or download {narrowed ? "the rows chosen" : "all rows"} with the columns of the table.
              {question.filters.length > 0 && " The code takes the days that are chosen, not the filters."}
            </Text>
          </div>
          <Group gap="xs">
            {FORMATS.map(({ format, title }) => (
              <Button
                key={format}
                component="a"
                href={downloadAddress(project, name, format, question)}
                download
                size="xs"
                variant="default"
                leftSection={<IconDownload size={14} aria-hidden />}
              >
                {title}
              </Button>
            ))}
          </Group>
        </Group>
        {snippets.isError ? (
          <Failure what="The code could not be shown" error={snippets.error} retry={() => void snippets.refetch()} />
        ) : chosen === undefined ? (
          snippets.isPending && <Skeleton height={120} role="status" aria-label="Loading the code" />
        ) : (
          <>
            <NativeSelect
              size="xs"
              maw={180}
              label="Read with"
              value={chosen.engine}
              data={items.map((one) => ({ value: one.engine, label: ENGINES[one.engine] ?? one.engine }))}
              onChange={(event) => setEngine(event.currentTarget.value)}
            />
            <CodeBlock text={chosen.code} label={`Code for ${ENGINES[chosen.engine] ?? chosen.engine}`} />
          </>
        )}
      </Stack>
    </section>
  );
}
