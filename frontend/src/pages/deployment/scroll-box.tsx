// A long table that scrolls in itself, by keyboard too; its head stays.
import type { ReactNode } from "react";
import classes from "./scroll-box.module.css";

export function ScrollBox({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div role="region" aria-label={label} tabIndex={0} className={classes.box}>
      {children}
    </div>
  );
}
