"""axe-core looks at a page for violations of WCAG 2.0, 2.1 and 2.2, levels A and AA."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""The rules whose result depends on the theme."""


def violations(page: Page, rules: dict[str, Any] = ALL) -> list[str]:
    """A line for each rule that is violated, with the elements concerned."""
    if not page.evaluate("() => 'axe' in globalThis"):
        page.evaluate(SOURCE)
    options = {"runOnly": rules, "resultTypes": ["violations"], "elementRef": False}
    if rules is ALL:
        options["rules"] = {"target-size": {"enabled": True}}  # axe leaves this rule of WCAG 2.2 off otherwise
    result = page.evaluate("options => axe.run(document, options)", options)
    return [_line(violation) for violation in result["violations"]]


def _line(violation: dict[str, Any]) -> str:
    elements = [f"{node['html'][:160]} ({node.get('failureSummary', '')[:300]})" for node in violation["nodes"]]
    return f"{violation['id']}: {violation['help']}: {'; '.join(elements)}"
