// What an evaluation was made from: its revisions, its settings, the libraries.
import { Anchor, Group, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import type { Evaluation } from "../../api/model";
import { formatMoment } from "../../parts/moment";
import { formatCount } from "../../parts/readings";
import { StatusBadge } from "../../parts/status-badge";
import { describeWindow } from "../../parts/window-text";
import { useChoice } from "./choice";
import classes from "./page.module.css";
import { readWindow } from "./reference";

const TITLES: Record<string, string> = {
  window: "Window",
  reference: "Reference",
  model_version: "Model version",
  filter_model_version: "Rows answered by version",
  filter_deployment_id: "Rows of deployment",
  skip_performance: "Skip performance",
  handle_as_api_node_logs: "Handled as API node logs",
  exact_rows_max: "Exact up to rows",
  sample_rows_max: "Sampled rows a side",
  seed: "Seed",
  definition_version: "Definitions",
};

export function Origin({ evaluation }: { evaluation: Evaluation }) {
  const { link } = useChoice();
  const libraries = Object.entries(evaluation.library_versions).map(([name, version]) => `${name} ${version}`);
  return (
    <>
      <section className="card" aria-label="Revisions">
        <Title order={2}>Revisions</Title>
        <ul className={classes.list}>
          {evaluation.revisions.map((one, index) => (
            <li key={one.revision}>
              <Group gap="xs" justify="space-between" wrap="nowrap">
                <Anchor
                  component={Link}
                  to={link({ revision: index === 0 ? null : one.revision })}
                  size="sm"
                  fw={600}
                  aria-current={one.revision === evaluation.revision ? "true" : undefined}
                >
                  Revision {one.revision}
                </Anchor>
                <StatusBadge status={one.status} size="sm" />
              </Group>
              <Text size="xs" c="dimmed">
                {formatMoment(one.created_at)}, {formatCount(one.row_count)} rows{one.revision === evaluation.revision ? ", shown here" : ""}
              </Text>
            </li>
          ))}
        </ul>
      </section>
      <section className="card" aria-label="Settings">
        <Title order={2} mb="xs">
          Settings
        </Title>
        <dl className={classes.facts}>
          {Object.entries(evaluation.settings).map(([name, value]) => (
            <div key={name}>
              <dt>{TITLES[name] ?? name.replaceAll("_", " ")}</dt>
              <dd>{describe(name, value)}</dd>
            </div>
          ))}
          <div>
            <dt>Made with</dt>
            <dd>{libraries.join(", ")}</dd>
          </div>
        </dl>
      </section>
    </>
  );
}

function describe(name: string, value: unknown): string {
  if (name === "window" && typeof value === "string") return describeWindow(value);
  if (name === "reference") return readWindow(value) ?? "of the model version";
  if (value === null) return "all";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return name === "seed" ? String(value) : formatCount(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
