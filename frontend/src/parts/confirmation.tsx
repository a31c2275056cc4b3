// Asks once more before something goes for good. It stands where the first button did not, with the safe way in focus.
import { Button, Group, Stack, Text } from "@mantine/core";

interface Props {
  /** What goes with it. */
  consequence: string;
  /** Of the red button, where "Yes, delete it" alone is not clear. */
  label?: string;
  pending: boolean;
  onConfirm: () => void;
  onKeep: () => void;
}

export function Confirmation({ consequence, label, pending, onConfirm, onKeep }: Props) {
  return (
    <Stack gap={6} role="group" aria-label="Delete it?">
      <Text size="sm" role="status">
        {consequence}
      </Text>
      <Group gap="xs">
        <Button color="red" size="xs" loading={pending} aria-label={label} onClick={onConfirm}>
          Yes, delete it
        </Button>
        <Button variant="default" size="xs" autoFocus onClick={onKeep}>
          Keep it
        </Button>
      </Group>
    </Stack>
  );
}
