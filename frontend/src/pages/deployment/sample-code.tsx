// Code that asks the endpoint, as the server writes it: with the query tried last where the address holds one.
import { Anchor, Group, Skeleton, Stack, Text } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import type { DeployedEndpoint, Deployment } from "../../api/model";
import { useSampleCode } from "../../api/serving";
import { CodeBlock } from "../../parts/code";
import { Failure } from "../../parts/failure";
import { parseQuery } from "../../parts/query-text";
import { deploymentAddress } from "../../parts/serving-addresses";
import { QUERY } from "./query";
import classes from "./sample-code.module.css";

const LANGUAGE = "language";
const TITLES = { curl: "curl", python: "Python", javascript: "JavaScript" } as const;
const SOURCES = {
  given: "With the query that you tried.",
  stored: "With the first stored test query.",
  reference: "With a row of the model's reference.",
  none: "Without values: there is no query to take them from yet.",
} as const;

export function SampleCode({ deployment, endpoint }: { deployment: Deployment; endpoint: DeployedEndpoint }) {
  const [parameters] = useSearchParams();
  const tried = parameters.get(QUERY);
  const given = tried !== null && typeof parseQuery(tried) !== "string" ? tried : null;
  const code = useSampleCode(deployment.deployment_id, endpoint.endpoint_id, given);
  if (code.isError) {
    return <Failure what="The sample code could not be made" error={code.error} retry={() => void code.refetch()} />;
  }
  if (!code.data) return <Skeleton height={360} role="status" aria-label="Loading the sample code" />;
  const chosen = code.data.items.find(({ language }) => language === parameters.get(LANGUAGE)) ?? code.data.items[0];
  const link = (name: string) => `?${new URLSearchParams([...[...parameters].filter(([key]) => key !== LANGUAGE), [LANGUAGE, name]])}`;
  const trial = deploymentAddress(deployment.deployment_id, { tab: "test", endpoint: endpoint.endpoint_id, ...(given && { [QUERY]: given }) });
  if (!chosen) return null;
  return (
    <section className="card" aria-label="Sample code">
      <Stack gap="sm">
        <Group justify="space-between" gap="sm">
          <nav aria-label="Languages" className={classes.languages}>
            {code.data.items.map(({ language }) => (
              <Link key={language} to={link(language)} preventScrollReset aria-current={language === chosen.language ? "true" : undefined}>
                {TITLES[language]}
              </Link>
            ))}
          </nav>
          <Text size="sm" c="dimmed">
            {SOURCES[code.data.source]}{" "}
            <Anchor component={Link} to={trial} size="sm">
              {given === null ? "Try one of your own" : "Change it"}
            </Anchor>
          </Text>
        </Group>
        <CodeBlock text={chosen.code} label={`Sample code in ${TITLES[chosen.language]}`} />
      </Stack>
    </section>
  );
}
