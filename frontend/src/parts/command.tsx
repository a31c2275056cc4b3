// A command line to be copied, with the address of this server where it needs one; scrolls in itself.
import { ActionIcon, Code, CopyButton, Group } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { nameServer } from "./server-address";

export function Command({ line }: { line: string }) {
  const whole = nameServer(line);
  return (
    <Group gap={4} wrap="nowrap" align="center">
      <Code block fz="sm" tabIndex={0} style={{ flex: 1, minWidth: 0, whiteSpace: "pre", overflowX: "auto" }}>
        {whole}
      </Code>
      <CopyButton value={whole}>
        {({ copied, copy }) => (
          <ActionIcon variant="subtle" color="gray" c="var(--mantine-color-dimmed)" onClick={copy} aria-label={copied ? "Copied" : `Copy: ${whole}`}>
            {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  );
}
