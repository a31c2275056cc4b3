// What the node answered to the one query: prediction, probabilities, timing; or its error. The raw answer below.
import { Badge, Group, Stack, Text, Title } from "@mantine/core";
import type { QueryAnswer } from "../../api/model";
import { CodeBlock } from "../../parts/code";
import { Facts } from "../../parts/facts";
import { readError, readFaults, readPrediction, readTiming } from "../../parts/node-answer";
import classes from "./run-and-test.module.css";

/** `stale`: the query has been changed since. */
export function Answer({ answer, stale }: { answer: QueryAnswer; stale: boolean }) {
  const prediction = readPrediction(answer.answer);
  const error = readError(answer.answer);
  const good = answer.status < 400;
  const timing = readTiming(answer.answer).map(([name, us]) => [`${name}, on the node`, formatMicroseconds(us)] as const);
  return (
    <section className="card" aria-labelledby="answer">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} id="answer">
            Answer
          </Title>
          <Badge color={stale ? "gray" : good ? "teal" : "red"}>{`${answer.status} ${good ? "answered" : "refused"}`}</Badge>
        </Group>
        {stale && (
          <Text size="sm" c="dimmed">
            Of the query before: it was changed since.
          </Text>
        )}
        {prediction && (
          <>
            <div>
              <Text size="sm" c="dimmed">
                Prediction
              </Text>
              <Text fz="1.75rem" fw={700} lh={1.2} style={{ overflowWrap: "anywhere" }}>
                {prediction.prediction}
              </Text>
              {prediction.ignored !== null && <Text size="sm">Ignored: {prediction.ignored}</Text>}
            </div>
            <Probabilities of={prediction.probabilities} />
          </>
        )}
        {error && <Fault answer={answer.answer} message={error.message} code={error.code} />}
        <Facts facts={[["Round trip", `${answer.elapsed_ms.toFixed(1)} ms`], ...timing]} />
        {prediction?.predictionId && (
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            Prediction id{" "}
            <Text span size="sm" ff="monospace">
              {prediction.predictionId}
            </Text>
          </Text>
        )}
        <CodeBlock text={JSON.stringify(answer.answer, null, 2)} label="Raw answer" />
      </Stack>
    </section>
  );
}

function Probabilities({ of }: { of: readonly (readonly [string, number])[] }) {
  if (of.length === 0) return null;
  const sorted = of.toSorted(([, one], [, other]) => other - one);
  return (
    <Stack gap={4} role="list" aria-label="Probabilities">
      {sorted.map(([name, value]) => (
        <div key={name} role="listitem" className={classes.probability}>
          <span>{name}</span>
          <div className={classes.track} aria-hidden>
            <div className={classes.bar} style={{ width: `${value * 100}%` }} />
          </div>
          <span className={classes.number}>{(value * 100).toFixed(1)} %</span>
        </div>
      ))}
    </Stack>
  );
}

function Fault({ answer, code, message }: { answer: unknown; code: string; message: string }) {
  const faults = readFaults(answer);
  return (
    <div role="alert">
      <Text fw={600}>{code}</Text>
      {faults.length > 0 ? (
        <ul style={{ margin: 0, paddingInlineStart: "1.1rem" }}>
          {faults.map(({ feature, found, expected }) => (
            <li key={feature}>
              <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                <b>{feature}</b>: found {found}, expected {expected}
              </Text>
            </li>
          ))}
        </ul>
      ) : (
        <Text size="sm">{message}</Text>
      )}
    </div>
  );
}

function formatMicroseconds(us: number): string {
  return us < 1000 ? `${us} µs` : `${(us / 1000).toFixed(2)} ms`;
}
