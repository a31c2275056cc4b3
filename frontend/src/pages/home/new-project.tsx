// The form of a new project: its key, which stands in every address, and its name.
import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, useNavigate } from "react-router";
import { act } from "../../api/client";
import { Refusal } from "../../parts/refusal";

const KEY = /^[A-Z][A-Z0-9_]{0,30}$/;

export function NewProject({ cancel }: { cancel?: string }) {
  const [key, setKey] = useState("");
  const [name, setName] = useState("");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => act("post", "/api/v1/projects", { body: { key, name } }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      if (cancel !== undefined) await navigate(cancel);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape" && cancel !== undefined) void navigate(cancel);
      }}
      aria-label="New project"
    >
      <Stack gap="sm">
        <Group gap="sm" align="start">
          <TextInput
            label="Key"
            description="A capital letter, then up to 30 of A–Z, 0–9 and _"
            error={key !== "" && !KEY.test(key) ? `“${key}” does not begin with a letter or has other signs` : undefined}
            placeholder="SHOP"
            required
            autoFocus={cancel !== undefined}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value.toUpperCase())}
          />
          <TextInput
            label="Name"
            description="What people read; the key if empty"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </Group>
        {create.isError && <Refusal what="The project was not made" error={create.error} />}
        <Group gap="sm">
          <Button type="submit" loading={create.isPending}>
            Create the project
          </Button>
          {cancel !== undefined && (
            <Button component={Link} to={cancel} variant="default">
              Not now
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
