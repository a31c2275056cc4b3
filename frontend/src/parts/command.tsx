// A command line to be copied.
import { ActionIcon, Code, CopyButton, Group } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

export function Command({ line }: { line: string }) {
  return (
    <Group gap={4} wrap="nowrap" align="center">
      <Code block fz="sm" style={{ flex: 1, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {line}
      </Code>
      <CopyButton value={line}>
        {({ copied, copy }) => (
          <ActionIcon variant="subtle" color="gray" c="var(--mantine-color-dimmed)" onClick={copy} aria-label={copied ? "Copied" : `Copy: ${line}`}>
            {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  );
}
