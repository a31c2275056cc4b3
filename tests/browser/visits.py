"""A page in a browser with everything that it complains about, and what every page must pass."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from playwright.sync_api import Page

Scheme = Literal["light", "dark"]
LOOKS: list[tuple[Scheme, int]] = [(scheme, width) for scheme in get_args(Scheme) for width in (1440, 390)]
WATCH_POLICY = """
window.policyViolations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.policyViolations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
FIND_VIOLATIONS = """async () => {
  const found = await axe.run();
  return found.violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]);
}"""


@dataclass
class Visit:
    """A page with everything that it complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def check_quiet(self) -> None:
        assert self.complaints == []
        assert self.page.evaluate("window.policyViolations") == []


def check_accessible(page: Page, axe_source: str) -> None:
    page.evaluate(axe_source)
    found = page.evaluate(FIND_VIOLATIONS)
    assert found == [], found


def check_width(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "scrolls sideways"
