// The parts of a page as links: each is an address of its own, and the keyboard needs nothing but Tab and Enter.
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import classes from "./tab-links.module.css";

interface Props {
  label: string;
  tabs: readonly { name: string; title: string; to: string }[];
  current: string;
}

export function TabLinks({ label, tabs, current }: Props) {
  const bar = useRef<HTMLElement>(null);
  // Where there is no room for all of them the bar scrolls, and the page itself stays where it is.
  useEffect(() => {
    const tab = bar.current?.querySelector<HTMLElement>('[aria-current="page"]');
    if (bar.current && tab) bar.current.scrollLeft = tab.offsetLeft - bar.current.offsetLeft - (bar.current.clientWidth - tab.offsetWidth) / 2;
  }, [current]);
  return (
    <nav ref={bar} aria-label={label} className={classes.tabs}>
      {tabs.map(({ name, title, to }) => (
        <Link key={name} to={to} className={classes.tab} aria-current={name === current ? "page" : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
