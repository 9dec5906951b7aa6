"""Goes through a page with the Tab key alone, as somebody without a mouse does."""

from playwright.sync_api import Page

COLLECT = """() => {
  document.activeElement?.blur();
  const seen = element => element.checkVisibility({visibilityProperty: true, opacityProperty: false})
    && element.getClientRects().length > 0;
  const selector = 'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]';
  const groups = new Set();
  const usable = element => {
    if (element.matches(':disabled, [type=hidden]') || element.closest('[inert]') || element.tabIndex < 0) return false;
    if (element.matches('summary') && element.parentElement.querySelector(':scope > summary') !== element) return false;
    if (!element.matches('input[type=radio]')) return seen(element);
    const group = [...document.getElementsByName(element.name)].filter(other => other.form === element.form);
    const chosen = group.find(other => other.checked) || group[0];
    return element === chosen && seen(element);
  };
  const list = [...document.querySelectorAll(selector)].filter(usable);
  const look = element => {
    const style = getComputedStyle(element);
    return [style.boxShadow, style.outlineStyle, style.outlineWidth, style.outlineColor, style.borderColor].join();
  };
  const around = element =>
    [element, element.parentElement, element.nextElementSibling].filter(Boolean).map(look).join();
  globalThis.walked = {list, around, looks: list.map(around)};
  return list.map(element => ({
    name: element.outerHTML.slice(0, 120),
    isPositive: element.tabIndex > 0,
  }));
}"""
BEGIN = """() => {
  const root = document.documentElement;
  root.tabIndex = -1;
  root.focus();
  root.removeAttribute('tabindex');
  scrollTo(0, 0);
}"""
FOCUSED = """() => {
  const {list, around, looks} = globalThis.walked, element = document.activeElement, index = list.indexOf(element);
  if (index < 0) return {index, isBody: element === document.body || element === document.documentElement};
  const box = element.getBoundingClientRect();
  const points = [[.5, .5], [.1, .5], [.9, .5], [.5, .2], [.5, .8]];
  const isHit = ([x, y]) => {
    const hit = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return hit && (element.contains(hit) || hit.contains(element) || hit.closest('label')?.control === element);
  };
  return {index, isBody: false, isShown: around(element) !== looks[index], isUncovered: points.some(isHit)};
}"""
EXTRA = 20
"""Presses beyond the expected elements: Chromium also stops at boxes that scroll."""


def walk(page: Page) -> list[str]:
    """What is wrong for somebody who uses the Tab key: an element that it does not reach, in the order of the page,
    that does not show its focus or is covered, or that keeps the focus."""
    elements = page.evaluate(COLLECT)
    problems = [f"{element['name']} has a positive tabindex" for element in elements if element["isPositive"]]
    order: list[int] = []
    page.evaluate(BEGIN)
    has_left = False
    for _ in range(len(elements) + EXTRA):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        index = focused["index"]
        if focused["isBody"] or (order and index == order[0] and len(order) > 1):
            has_left = True
            break
        if index < 0:
            continue
        if index in order:
            break
        order.append(index)
        if not focused["isShown"]:
            problems.append(f"{elements[index]['name']} does not show its focus")
        if not focused["isUncovered"]:
            problems.append(f"{elements[index]['name']} is covered while it has the focus")
    if not has_left:
        problems.append(f"a trap: the focus stays at {elements[order[-1]]['name'] if order else 'the beginning'}")
    elif order != list(range(len(elements))):
        missing = [elements[index]["name"] for index in range(len(elements)) if index not in order]
        problems.append(f"not reached: {missing}" if missing else "the order is not that of the page")
    return problems
