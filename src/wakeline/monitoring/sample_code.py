"""How to ask an endpoint from a program: curl, Python and JavaScript, ready to run."""

import json
import shlex
from typing import Any

_PYTHON = """import json
import urllib.request

features = json.loads({features})
request = urllib.request.Request(
    {url},
    data=json.dumps({{"features": features}}).encode(),
    headers={{"Content-Type": "application/json"}},
)
with urllib.request.urlopen(request) as response:
    print(json.load(response)["result"])
"""

_JAVASCRIPT = """const response = await fetch({url}, {{
  method: "POST",
  headers: {{ "Content-Type": "application/json" }},
  body: JSON.stringify({{ features: {features} }}),
}});
console.log((await response.json()).result);
"""


def render_sample_code(url: str, features: dict[str, Any]) -> dict[str, str]:
    """Language → code."""
    body = json.dumps({"features": features}, ensure_ascii=False)
    text = json.dumps(features, ensure_ascii=False)
    curl = f"curl -sS -X POST {shlex.quote(url)} -H 'Content-Type: application/json' -d {shlex.quote(body)}\n"
    return {
        "curl": curl,
        "python": _PYTHON.format(url=repr(url), features=repr(text)),
        "javascript": _JAVASCRIPT.format(url=json.dumps(url), features=text),
    }
