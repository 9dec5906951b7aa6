"""Templates and responses. Every response of `/app` gets the security headers of `headers_of`."""

import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.responses import Response

from leadloop import __version__
from leadloop.core.people.model import Theme
from leadloop.web import i18n, navigation
from leadloop.web.palette import destinations
from leadloop.web.visit import Visit

TEMPLATES = Path(__file__).parent / "templates"
HTML = "text/html; charset=utf-8"


def page(visit: Visit, template: str, /, status: int = 200, **values: Any) -> Response:
    """A page, or a fragment of one, from `templates/`."""
    visitor = visit.visitor
    text = (
        _environment(visitor.language)
        .get_template(template)
        .render(
            visit=visit,
            visitor=visitor,
            nonce=visit.nonce,
            sentences=i18n.sentences(visitor.language),
            static=visit.context.static.url,
            navigation=navigation.sections(visitor, visit.path),
            format=visit.formats,
            theme=None if visitor.theme is Theme.SYSTEM else visitor.theme.value,
            **values,
        )
    )
    return Response(text, status, media_type=HTML)


def redirect(path: str, headers: Mapping[str, str] | None = None) -> Response:
    """303 to a path of this server: the browser continues with a GET."""
    return Response(b"", 303, {"Location": path, **(headers or {})})


def headers_of(nonce: str) -> dict[str, str]:
    """Without inline styles and scripts, frames and other origins; nothing is cached (dashboard.md, section 2)."""
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types htmx"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


@functools.cache
def _environment(language: str) -> jinja2.Environment:
    """One for each language, so that templates call `_` without looking the language up."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(i18n.translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {
        "_": _translator(language),
        "hx": _hx,
        "icon": _icon,
        "version": __version__,
        "languages": i18n.NAMES,
        "destinations": destinations,
        "initials": initials,
        "avatar": avatar,
        "pairs": pairs,
    }
    return environment


def _translator(language: str) -> Callable[..., Markup]:
    """Translates as the extension does, which looks each text up again; a page has a hundred."""
    texts = functools.cache(lambda text: Markup(i18n.translations(language).gettext(text)))
    without_values = functools.cache(lambda text: texts(text) % {})

    def translate(text: str, /, **values: Any) -> Markup:
        return texts(text) % values if values else without_values(text)

    return translate


@jinja2.pass_context
def _hx(context: Context, **attributes: str) -> Markup:
    """htmx attributes with the nonce that `hx-csp` requires: `hx(get=url, target="#rows")`. No template writes them
    itself. `sse_connect` stands for `hx-sse:connect`."""
    named = {name.replace("sse_", "sse:").replace("_", "-"): value for name, value in attributes.items()}
    texts = [f'hx-{name}="{escape(value)}"' for name, value in (named | {"nonce": context["nonce"]}).items()]
    return Markup(" ".join(texts))


@jinja2.pass_context
def _icon(context: Context, name: str, label: str = "") -> Markup:
    """An icon of the sprite; without a label it is decoration."""
    return sprite_icon(context["static"]("icons.svg"), name, label)


@functools.lru_cache(512)
def sprite_icon(url: str, name: str, label: str = "") -> Markup:
    """`url` is that of the sprite."""
    what = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return Markup(f'<svg class="i" viewBox="0 0 24 24" {what}><use href="{url}#{escape(name)}"/></svg>')


@functools.lru_cache(1_024)
def avatar(name: str) -> Markup:
    """The round mark beside a name, for the eyes alone."""
    return Markup(f'<span class="av {"abcde"[len(name) % 5]}" aria-hidden="true">{escape(initials(name))}</span>')


def initials(name: str) -> str:
    """Of the first and the last word, for the round mark beside a name."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in dict.fromkeys((*words[:1], *words[-1:]))).upper() or "?"


def pairs(values: Iterable[str]) -> list[tuple[str, str]]:
    """Options of a choice whose values are shown as they are."""
    return [(value, value) for value in values]
