// Code to be read and copied; scrolls in itself.
import { Button, CopyButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import classes from "./code.module.css";

export function CodeBlock({ text, label, copy = true }: { text: string; label: string; copy?: boolean }) {
  return (
    <div className={classes.box}>
      {copy && (
        <CopyButton value={text}>
          {({ copied, copy: take }) => (
            <Button
              size="compact-xs"
              variant="default"
              className={classes.copy}
              onClick={take}
              leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
            >
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      )}
      <pre className={classes.code} tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
    </div>
  );
}
