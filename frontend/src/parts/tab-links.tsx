// The parts of a page as links: each is an address of its own, and the keyboard needs nothing but Tab and Enter.
import { Link } from "react-router";
import classes from "./tab-links.module.css";

interface Props {
  label: string;
  tabs: readonly { name: string; title: string; to: string }[];
  current: string;
}

export function TabLinks({ label, tabs, current }: Props) {
  return (
    <nav aria-label={label} className={classes.tabs}>
      {tabs.map(({ name, title, to }) => (
        <Link key={name} to={to} className={classes.tab} aria-current={name === current ? "page" : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
