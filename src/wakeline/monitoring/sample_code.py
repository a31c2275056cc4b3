"""How to ask an endpoint from a program: curl, Python, JavaScript, ready to run. Each prints the answer."""

import json
import shlex
from typing import Any

_CURL = """curl --silent --show-error {url} \\
  --header 'Content-Type: application/json' \\
  --data {body}
"""

_PYTHON = """import json
from urllib.request import Request, urlopen

features = {features}
request = Request(
    {url},
    data=json.dumps({{"features": features}}).encode(),
    headers={{"Content-Type": "application/json"}},
)
with urlopen(request) as response:
    answer = json.load(response)
print(json.dumps(answer, indent=2))
"""

_JAVASCRIPT = """const features = {features};
const response = await fetch({url}, {{
  method: "POST",
  headers: {{ "Content-Type": "application/json" }},
  body: JSON.stringify({{ features }}),
}});
console.log(JSON.stringify(await response.json(), null, 2));
"""


def render_sample_code(url: str, features: dict[str, Any]) -> dict[str, str]:
    """Language → code."""
    body = json.dumps({"features": features}, ensure_ascii=False, indent=2)
    return {
        "curl": _CURL.format(url=shlex.quote(url), body=shlex.quote(body)),
        "python": _PYTHON.format(url=repr(url), features=_write_python(features)),
        "javascript": _JAVASCRIPT.format(
            url=json.dumps(url), features=json.dumps(features, ensure_ascii=False, indent=2)
        ),
    }


def _write_python(features: dict[str, Any]) -> str:
    lines = [f"    {name!r}: {value!r},\n" for name, value in features.items()]
    return "{\n" + "".join(lines) + "}" if lines else "{}"
