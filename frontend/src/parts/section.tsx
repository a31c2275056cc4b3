// A card that shows an answer: waiting for it, failing, or with it.
import { Skeleton, Stack, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { Failure } from "./failure";

interface Props<Data> {
  title: string;
  answer: UseQueryResult<Data>;
  children: (data: Data) => ReactNode;
}

export function Section<Data>({ title, answer, children }: Props<Data>) {
  const heading = useId();
  return (
    <section className="card" aria-labelledby={heading}>
      <Stack gap="sm">
        <Title order={2} id={heading}>
          {title}
        </Title>
        {answer.data !== undefined ? (
          children(answer.data)
        ) : answer.isError ? (
          <Failure what="This could not be read" error={answer.error} retry={() => void answer.refetch()} />
        ) : (
          <Skeleton height={90} role="status" aria-label={`Loading: ${title}`} />
        )}
      </Stack>
    </section>
  );
}
