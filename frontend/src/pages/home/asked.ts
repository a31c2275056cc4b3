// Which form the address opens on the home page: a new project, or a new service in a project.
import { useSearchParams } from "react-router";

export type Asked = { kind: "project" } | { kind: "service"; project: string };

export function useAsked() {
  const [parameters] = useSearchParams();
  return {
    asked: read(parameters),
    /** null closes the form. */
    link: (asked: Asked | null) => (asked === null ? "/" : `/?${write(asked)}`),
  };
}

function read(parameters: URLSearchParams): Asked | null {
  const project = parameters.get("in");
  switch (parameters.get("new")) {
    case "project":
      return { kind: "project" };
    case "service":
      return project === null ? null : { kind: "service", project };
    default:
      return null;
  }
}

function write(asked: Asked): URLSearchParams {
  return new URLSearchParams(asked.kind === "project" ? { new: "project" } : { new: "service", in: asked.project });
}
