// Code that asks the endpoint: the query tried last, or an example. The language stands in the address.
import { Group, Skeleton, Stack, Text } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import type { DeployedEndpoint, Deployment } from "../../api/model";
import { CodeBlock } from "../../parts/code";
import { Failure } from "../../parts/failure";
import { pickQuery, QUERY, useFeatures } from "./query";
import classes from "./sample-code.module.css";
import { LANGUAGES, writeSnippet } from "./snippets";

const LANGUAGE = "language";

export function SampleCode({ deployment, endpoint }: { deployment: Deployment; endpoint: DeployedEndpoint }) {
  const [parameters] = useSearchParams();
  const schema = useFeatures(deployment, endpoint);
  if (schema.isError) {
    return <Failure what="The model's features could not be read" error={schema.error} retry={() => void schema.refetch()} />;
  }
  if (!schema.data) return <Skeleton height={360} role="status" aria-label="Loading the features" />;
  const language = LANGUAGES.find(({ name }) => name === parameters.get(LANGUAGE)) ?? LANGUAGES[0];
  const link = (name: string) => `?${new URLSearchParams([...[...parameters].filter(([key]) => key !== LANGUAGE), [LANGUAGE, name]])}`;
  return (
    <section className="card" aria-label="Sample code">
      <Stack gap="sm">
        <Group justify="space-between" gap="sm">
          <nav aria-label="Languages" className={classes.languages}>
            {LANGUAGES.map(({ name, title }) => (
              <Link key={name} to={link(name)} preventScrollReset aria-current={name === language.name ? "true" : undefined}>
                {title}
              </Link>
            ))}
          </nav>
          <Text size="sm" c="dimmed">
            {parameters.has(QUERY) ? "With the query that you tried." : "With example values."}
          </Text>
        </Group>
        <CodeBlock
          text={writeSnippet(language.name, endpoint.url, pickQuery(parameters, schema.data))}
          label={`Sample code in ${language.title}`}
        />
      </Stack>
    </section>
  );
}
