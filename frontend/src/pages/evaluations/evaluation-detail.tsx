// One evaluation: its verdict, its readings, its features by drift, and what could not be computed.
import { Anchor, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import type { Evaluation } from "../../api/model";
import { useEvaluation } from "../../api/queries";
import { Failure } from "../../parts/failure";
import { evaluationAddress, storeAddress } from "../../parts/flow-addresses";
import { formatCount } from "../../parts/readings";
import { StatusBadge } from "../../parts/status-badge";
import { describeWindow } from "../../parts/window-text";
import { FeatureDrift } from "./feature-drift";
import { NotComputed } from "./not-computed";
import classes from "./page.module.css";
import { ReadingTiles } from "./reading-tiles";

/** `asked`: the address names this evaluation, so on a narrow screen it is brought into view. */
export function EvaluationDetail({ id, asked }: { id: string | undefined; asked: boolean }) {
  const evaluation = useEvaluation(id);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    if (asked) section.current?.scrollIntoView({ block: "nearest" });
  }, [asked, id]);
  return (
    <section ref={section} className={`card ${classes.detail}`} aria-label="The chosen evaluation" aria-busy={evaluation.isFetching}>
      {evaluation.isPending ? (
        <Skeleton height={480} />
      ) : evaluation.isError ? (
        <Failure
          what="The evaluation could not be shown"
          error={evaluation.error}
          retry={() => void evaluation.refetch()}
        />
      ) : (
        <Content evaluation={evaluation.data} />
      )}
    </section>
  );
}

function Content({ evaluation }: { evaluation: Evaluation }) {
  return (
    <Stack gap="md">
      <div>
        <Group justify="space-between" wrap="nowrap" align="start">
          <Title order={2}>{describeWindow(evaluation.window)}</Title>
          <StatusBadge status={evaluation.status} size="lg" />
        </Group>
        <Text mt={6}>{evaluation.sentence}</Text>
        <Text c="dimmed" size="xs" mt={6}>
          {describeOrigin(evaluation)}
        </Text>
        <Group gap="md" mt={6}>
          <Anchor component={Link} to={evaluationAddress(evaluation.id)} size="sm">
            Whole evaluation
          </Anchor>
          <Anchor component={Link} to={storeAddress(evaluation.project, evaluation.store)} size="sm">
            Store
          </Anchor>
        </Group>
      </div>
      <ReadingTiles readings={evaluation.readings} />
      <Labels evaluation={evaluation} />
      <FeatureDrift evaluation={evaluation} />
      <NotComputed readings={evaluation.readings} />
    </Stack>
  );
}

function describeOrigin(evaluation: Evaluation): string {
  const parts = [
    `${formatCount(evaluation.row_count)} rows against ${formatCount(evaluation.reference_row_count)} of the reference`,
    `${evaluation.model} ${evaluation.model_version}`,
  ];
  if (evaluation.revision > 1) parts.push(`revision ${evaluation.revision}`);
  return parts.join(" · ");
}

function Labels({ evaluation: { labels } }: { evaluation: Evaluation }) {
  if (!labels) return null;
  const parts = [`${formatCount(labels.labelled)} labelled`, `${formatCount(labels.waiting)} waiting for a label`];
  if (labels.unmatched > 0) parts.push(`${formatCount(labels.unmatched)} labels match no prediction`);
  return (
    <Text size="sm">
      <Text span fw={600} size="sm">
        Ground truth:{" "}
      </Text>
      {parts.join(", ")}
    </Text>
  );
}
