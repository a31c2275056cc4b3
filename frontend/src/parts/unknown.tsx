// An address that names what is not there: what is missing, and where to go on. Any other failure can be tried again.
import { Anchor, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import { ProblemError } from "../api/client";
import { Failure } from "./failure";

interface Props {
  /** With its name, such as "recipe evaluate". */
  what: string;
  /** Null: the answer came, without it. */
  error: Error | null;
  retry: () => void;
  to: string;
  toWords: string;
}

export function Unknown({ what, error, retry, to, toWords }: Props) {
  if (error !== null && !(error instanceof ProblemError && error.status === 404)) {
    return <Failure what={`The ${what} could not be read`} error={error} retry={retry} />;
  }
  return (
    <Stack gap="xs">
      <Title order={1} style={{ overflowWrap: "anywhere" }}>
        There is no {what}
      </Title>
      <Text>
        It may have been deleted, or the address is mistyped.{" "}
        <Anchor component={Link} to={to}>
          {toWords}
        </Anchor>
      </Text>
    </Stack>
  );
}
