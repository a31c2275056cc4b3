// The same query as code. Every snippet prints the node's answer, and is run by a test as it stands.
import type { Features } from "./query";

export const LANGUAGES = [
  { name: "curl", title: "curl" },
  { name: "python", title: "Python" },
  { name: "javascript", title: "JavaScript" },
] as const;
export type Language = (typeof LANGUAGES)[number]["name"];

export function writeSnippet(language: Language, url: string, features: Features): string {
  switch (language) {
    case "curl":
      return writeCurl(url, features);
    case "python":
      return writePython(url, features);
    case "javascript":
      return writeJavaScript(url, features);
  }
}

function writeCurl(url: string, features: Features): string {
  const body = JSON.stringify({ features }, null, 2).replaceAll("'", `'\\''`);
  return `curl --silent --show-error '${url}' \\\n  --header 'Content-Type: application/json' \\\n  --data '${body}'\n`;
}

function writePython(url: string, features: Features): string {
  return `import json
from urllib.request import Request, urlopen

features = ${writePythonValue(features)}
request = Request(
    ${JSON.stringify(url)},
    data=json.dumps({"features": features}).encode(),
    headers={"Content-Type": "application/json"},
)
with urlopen(request) as response:
    answer = json.load(response)
print(json.dumps(answer, indent=2))
`;
}

function writeJavaScript(url: string, features: Features): string {
  return `const features = ${JSON.stringify(features, null, 2)};
const response = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ features }),
});
console.log(JSON.stringify(await response.json(), null, 2));
`;
}

function writePythonValue(value: unknown, indent = ""): string {
  const inner = `${indent}    `;
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map((one) => writePythonValue(one, inner)).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const lines = Object.entries(value).map(([name, one]) => `${inner}${JSON.stringify(name)}: ${writePythonValue(one, inner)},\n`);
  return lines.length === 0 ? "{}" : `{\n${lines.join("")}${indent}}`;
}
