"""What can be seen and read on a page."""

import re

from playwright.sync_api import Page

OVERFLOW = """() => {
  const root = document.documentElement, width = root.clientWidth;
  if (root.scrollWidth <= width) return [];
  const scrolls = element => ['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(element).overflowX);
  const isInside = element => element.parentElement !== null && element.parentElement !== document.body
    && (scrolls(element.parentElement) || isInside(element.parentElement));
  const wide = [...document.body.querySelectorAll('*')]
    .filter(element => element.getBoundingClientRect().right > width + 1 && !isInside(element));
  return [`${root.scrollWidth} px in ${width} px`, ...wide.slice(0, 5).map(element => element.outerHTML.slice(0, 160))];
}"""
TEXTS = """() => {
  const same = 'code, kbd, samp, pre, time, script, style, textarea, option, [lang]:not(html), [translate=no], '
    + '[aria-hidden=true], .mono';
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.parentElement.closest(same)) texts.push(node.data);
  }
  for (const name of ['aria-label', 'title', 'alt', 'placeholder'])
    for (const element of document.querySelectorAll(`[${name}]`))
      if (!element.closest(same)) texts.push(element.getAttribute(name));
  return texts;
}"""
WORD = re.compile(r"[^\W\d_]{2,}")


def overflow(page: Page) -> list[str]:
    """By how much the page scrolls sideways, and the elements that make it do so; empty if it does not."""
    return list(page.evaluate(OVERFLOW))


def texts(page: Page) -> set[str]:
    """The texts of a page with words, without programs, times and what is marked as of one language or none."""
    found = (" ".join(text.split()) for text in page.evaluate(TEXTS))
    return {text for text in found if WORD.search(text)}
