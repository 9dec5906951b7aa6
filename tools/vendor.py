"""Copies the dashboard's third-party files from unpacked npm packages, and records version, licence and SHA-256.

`python -m tools.vendor DIRECTORY` expects `DIRECTORY/<name>-<version>/package/`, as `npm pack` and `tar` leave them.
The icons become one SVG sprite with a symbol for each name in `ICONS`.
"""

import hashlib
import re
import sys
from pathlib import Path

STATIC = Path(__file__).parent.parent / "src/leadloop/web/static"
FILES = {
    "htmx.js": ("htmx.org", "dist/htmx.min.js"),
    "hx-sse.js": ("htmx.org", "dist/ext/hx-sse.min.js"),
    "hx-csp.js": ("htmx.org", "dist/ext/hx-csp.min.js"),
    "inter.woff2": ("fontsource-variable-inter", "files/inter-latin-wght-normal.woff2"),
}
LICENCES = {
    "htmx.org": ("0BSD", "https://htmx.org"),
    "fontsource-variable-inter": ("OFL-1.1", "https://rsms.me/inter"),
    "lucide-static": ("ISC", "https://lucide.dev"),
}
ICONS = [
    "activity",
    "archive",
    "arrow-left",
    "arrow-right",
    "bell",
    "book-open",
    "building-2",
    "calendar",
    "chart-line",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle-alert",
    "circle-check",
    "circle-help",
    "circle-user-round",
    "clock",
    "columns-3",
    "copy",
    "download",
    "ellipsis",
    "external-link",
    "eye",
    "eye-off",
    "file-text",
    "filter",
    "globe",
    "history",
    "house",
    "inbox",
    "info",
    "key-round",
    "keyboard",
    "laptop",
    "link",
    "list-todo",
    "lock",
    "log-out",
    "mail",
    "menu",
    "message-circle",
    "moon",
    "palette",
    "pencil",
    "phone",
    "plug",
    "plus",
    "refresh-cw",
    "search",
    "send",
    "server",
    "settings",
    "shield",
    "shield-check",
    "smartphone",
    "sun",
    "tag",
    "text-align-start",
    "trash-2",
    "triangle-alert",
    "undo-2",
    "user",
    "user-plus",
    "users",
    "webhook",
    "x",
]
_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def main(packages: Path) -> None:
    places = {name: next(packages.glob(f"{name}-[0-9]*")) for name in LICENCES}
    for name, (package, path) in FILES.items():
        text = (places[package] / "package" / path).read_bytes()
        (STATIC / name).write_bytes(re.sub(rb"\n?//# sourceMappingURL=\S+\s*$", b"\n", text))
    (STATIC / "icons.svg").write_text(_sprite(places["lucide-static"] / "package/icons"))
    texts = (f"{name}\n\n{(place / 'package/LICENSE').read_text()}" for name, place in places.items())
    (STATIC / "LICENCES.txt").write_text("\n\n".join(texts))
    sources = FILES | {"icons.svg": ("lucide-static", "icons/*.svg")}
    entries = (_entry(name, package, path, places[package]) for name, (package, path) in sources.items())
    (STATIC / "vendor.toml").write_text("# Written by tools/vendor.py.\n" + "".join(entries))


def _entry(name: str, package: str, path: str, place: Path) -> str:
    licence, home = LICENCES[package]
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    version = place.name.removeprefix(f"{package}-")
    return (
        f'\n["{name}"]\npackage = "{package}"\nversion = "{version}"\npath = "{path}"\nlicence = "{licence}"\n'
        f'home = "{home}"\nsha256 = "{digest}"\n'
    )


def _sprite(icons: Path) -> str:
    symbols = []
    for name in ICONS:
        body = _BODY.search((icons / f"{name}.svg").read_text())
        if body is None:
            raise SystemExit(f"{name}.svg has no <svg>")
        shapes = re.sub(r"\s+", " ", body[1]).replace("> <", "><").strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
