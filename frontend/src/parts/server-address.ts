// Where this server answers, for what is copied from a page to be run elsewhere.
const DEFAULTS: readonly string[] = ["http://127.0.0.1:4180", "http://localhost:4180"];

/** null where client and commands find it by themselves. */
export function findServer(): string | null {
  const here = new URL(".", document.baseURI).href.replace(/\/$/, "");
  return DEFAULTS.includes(here) ? null : here;
}

/** A command line with the address that it needs; the demo starts a server of its own. */
export function nameServer(line: string): string {
  const server = findServer();
  return server === null || !line.startsWith("wakeline ") || line === "wakeline demo" ? line : `${line} --url ${server}`;
}
