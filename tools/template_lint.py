"""Refuses templates that the dashboard's content security policy, its two languages or its readers do not bear.

- no `style=` and `on…=`, no `<style>`, no script in a page, nothing from another host: the policy drops them;
- `hx-` attributes are written by `hx(…)` alone, which adds the nonce without which hx-csp strips them;
- `|safe`, `autoescape` and `Markup(…)` of a value only where `TRUSTED` allows it;
- every text that a person reads or hears is inside `_()`.
"""

import ast
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, TemplateSyntaxError, nodes

WEB = Path(__file__).resolve().parent.parent / "src" / "leadloop" / "web"
ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"])

TRUSTED = {"render.py", "lead_cells.py"}
"""Files, by their path below `web`, that may mark values as safe HTML: they escape what they put in."""
TRANSLATES = {"_", "gettext", "ngettext", "N_"}
READ_ALOUD = {"alt", "title", "placeholder", "label", "aria-label", "aria-description", "aria-roledescription"}
NO_WORDS_IN = {"code", "kbd", "samp"}
"""Their text is typed or read as it is, in any language."""
NAMES = re.compile(
    r"\b(?:leadloop|Expad|LeadSail|API|URL|HTML|JavaScript|PHP|curl|JSON|CSV|HTTP|HTTPS|WhatsApp|Ctrl|Esc|Enter|Shift)\b"
    r"|English|Português"
)
"""The same in both languages."""
WORD = re.compile(r"[^\W\d_]{2,}")
SENTENCE = re.compile(r"[A-ZÀ-Ý][a-zà-ÿ]+")
"""How a text begins that is written in an expression; classes, ids and names of icons begin in lower case."""
MARK = re.compile("\ue000(\\d+)\ue001")
"""Stands for an expression or statement of Jinja, by its number."""
DATA_SCRIPTS = {"importmap", "application/json"}


class Markup(NamedTuple):
    """A template as HTML, with a mark for each expression and statement."""

    html: str
    codes: list[str]

    def code(self, text: str) -> str:
        """All code that stands in the text."""
        return " ".join(self.codes[int(number)] for number in MARK.findall(text))


def read_markup(source: str) -> Markup:
    html: list[str] = []
    codes: list[str] = []
    code: list[str] | None = None
    for _, kind, value in ENVIRONMENT.lex(source):
        if kind in ("variable_begin", "block_begin", "comment_begin", "raw_begin", "raw_end"):
            code = []
        if code is None:
            html.append(value)
            continue
        code.append(value)
        if kind in ("variable_end", "block_end", "comment_end", "raw_begin", "raw_end"):
            text = "".join(code)
            html.append(f"\ue000{len(codes)}\ue001" + "\n" * text.count("\n"))
            codes.append(text if kind == "variable_end" else "")
            code = None
    return Markup("".join(html), codes)


class _Reader(HTMLParser):
    """Collects what is wrong with the HTML of a template, by line."""

    def __init__(self, markup: Markup) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[tuple[int, str]] = []
        self._markup = markup
        self._open: list[str] = []
        self.feed(markup.html)
        self.close()

    def _refuse(self, problem: str, lines_below: int = 0) -> None:
        self.problems.append((self.getpos()[0] + lines_below, problem))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        values = {name: value or "" for name, value in attributes}
        if tag == "style":
            self._refuse("<style>: the policy drops it; write a rule in the style sheet")
        if tag == "script" and "nonce" not in values:
            self._refuse("a <script> without nonce")
        if tag == "script" and "src" not in values and values.get("type") not in DATA_SCRIPTS:
            self._refuse("a script in the page: write a module in static/")
        for name, value in values.items():
            self._check_attribute(tag, name, value)

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        if name == "style" or re.match("on[a-z]", name):
            self._refuse(f"{name}=: the policy drops it")
        if name.startswith(("hx-", "data-hx-")):
            self._refuse(f"{name}= without nonce: use hx()")
        loads = name in ("src", "action", "formaction", "srcset") or (tag == "link" and name == "href")
        if loads and re.match(r"\s*(?:[a-z]+:)?//", value):
            self._refuse(f"{name}= leads to another host")
        if re.match(r"\s*(?:javascript|js):", value, re.IGNORECASE):
            self._refuse(f"{name}= is a script")
        is_button = tag == "input" and name == "value" and re.search("[A-Za-z]", MARK.sub("", value))
        if name in READ_ALOUD or is_button:
            self._check_words(value, f"{name}=")

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not NO_WORDS_IN & set(self._open) and self._open[-1:] != ["script"]:
            self._check_words(data, "text")

    def _check_words(self, text: str, place: str) -> None:
        words = NAMES.sub("", MARK.sub(" ", text))
        if word := WORD.search(words):
            self._refuse(f"{place} {word[0]!r} is not inside _()", words.count("\n", 0, word.start()))


def expression_problems(tree: nodes.Node, path: str) -> Iterator[tuple[int, str]]:
    """What is wrong in the expressions and statements of a template."""
    for child in tree.iter_child_nodes():
        line = child.lineno
        if isinstance(child, nodes.Filter) and child.name == "safe" and path not in TRUSTED:
            yield line, "|safe outside of the trusted files"
        if isinstance(child, nodes.EvalContextModifier) and path not in TRUSTED:
            yield line, "autoescape outside of the trusted files"
        if isinstance(child, nodes.Call) and isinstance(child.node, nodes.Name) and child.node.name in TRANSLATES:
            if not isinstance(child.args[0], nodes.Const | nodes.Name | nodes.Getattr):
                yield line, "_() of a text that is put together: Babel does not find it"
            for argument in [*child.args[1:], *child.kwargs]:
                yield from expression_problems(argument, path)
            continue
        if isinstance(child, nodes.Call) and isinstance(child.node, nodes.Name) and child.node.name == "hx":
            yield from ((line, problem) for problem in hx_problems(child))
        text = child.value if isinstance(child, nodes.Const) and isinstance(child.value, str) else ""
        if SENTENCE.match(NAMES.sub("", text).strip()):
            yield line, f"the string {text!r} is not inside _()"
        yield from expression_problems(child, path)


def hx_problems(call: nodes.Call) -> Iterator[str]:
    """htmx runs some of its attributes as scripts, which the policy forbids."""
    for argument in call.kwargs:
        texts = [part.value for part in argument.find_all(nodes.Const) if isinstance(part.value, str)]
        if argument.key.startswith("on"):
            yield f"hx({argument.key}=…) is a script"
        if any(re.search(r"\bjs:|javascript:", text) for text in texts):
            yield f"hx({argument.key}=…) has a script"
        if argument.key == "trigger" and any("[" in text for text in texts):
            yield "hx(trigger=…) has a filter, which is a script"


def template_problems(path: str, source: str) -> Iterator[str]:
    try:
        tree = ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        yield f"{path}:{error.lineno}: {error.message}"
        return
    problems = [*_Reader(read_markup(source)).problems, *expression_problems(tree, path)]
    for block in re.finditer(r"{%-?\s*trans\b", source):
        problems.append((source.count("\n", 0, block.start()) + 1, "trans: use _(), whose text has no HTML"))
    for line, problem in sorted(problems):
        yield f"{path}:{line}: {problem}"


def python_problems(path: str, source: str) -> Iterator[str]:
    """Calls that declare a value to be safe HTML."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and path not in TRUSTED:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "Markup" and not all(isinstance(argument, ast.Constant) for argument in node.args):
                yield f"{path}:{node.lineno}: Markup() of a value outside of the trusted files"


def problems(web: Path) -> Iterator[str]:
    for file in sorted((web / "templates").rglob("*.html")):
        yield from template_problems(str(file.relative_to(web)), file.read_text("utf-8"))
    for file in sorted(web.rglob("*.py")):
        yield from python_problems(str(file.relative_to(web)), file.read_text("utf-8"))


def main() -> int:
    lines = list(problems(WEB))
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
