// What the banner leads to. A page that stands for itself adds its line here.
import { IconActivity, IconHome2, IconSettings2, IconSitemap } from "@tabler/icons-react";

export interface Place {
  to: string;
  title: string;
  Icon: typeof IconHome2;
  /** Other addresses that belong to this place. */
  also?: readonly string[];
}

export const PLACES: readonly Place[] = [
  { to: "/", title: "Home", Icon: IconHome2, also: ["/services", "/deployments"] },
  { to: "/flow", title: "Flow", Icon: IconSitemap, also: ["/projects"] },
  { to: "/evaluations", title: "Evaluations", Icon: IconActivity },
  { to: "/administration", title: "Administration", Icon: IconSettings2 },
];

export function isWithin(place: Place, pathname: string): boolean {
  const roots = [place.to, ...(place.also ?? [])];
  return roots.some((root) => pathname === root || (root !== "/" && pathname.startsWith(`${root}/`)));
}
