"""The template lint notices what the policy would drop and what would stay English."""

import pytest

from tools.template_lint import WEB, problems, python_problems, template_problems

SOUND = """{% extends "base.html" %}
{# A comment with words and style="x". #}
{% block content %}
<form method="post" {{ hx(post=url, target="#rows", trigger="change") }} class="stack">
<h1 title="{{ _("The title") }}">{{ _("Leads of %(name)s", name=account.name) }} · leadloop</h1>
{{ parts.field("email", _("E-mail"), type="email", hint=None) }}
<input type="submit" value="{{ _("Save") }}"><input type="hidden" name="a" value="b">
<p>{{ ngettext("%(num)d lead", "%(num)d leads", count) }} <code>leadloop users link</code> <kbd>Ctrl</kbd></p>
<script nonce="{{ nonce }}" src="{{ static('copy.js') }}" type="module"></script>
<a href="/app" lang="en">English</a> {{ _(section.title) }} 12 % – &nbsp; {{ "POST" }}
</form>
{% endblock %}
"""
FAULTS = {
    '<p style="color: red">1</p>': "style=",
    '<div\n  class="a"\n  style="{{ color }}"></div>': "style=",
    "<style>p { }</style>": "<style>",
    '<a onclick="go()">1</a>': "onclick=",
    '<a ONCLICK="go()">1</a>': "onclick=",
    '<b hx-on:click="go()">1</b>': "hx-on:click=",
    '<b hx-get="/app">1</b>': "hx-get= without nonce",
    '<b data-hx-get="/app">1</b>': "data-hx-get= without nonce",
    '<b {{ hx(trigger="click[ready]") }}>1</b>': "filter",
    '<b {{ hx(vals="js:{a: 1}") }}>1</b>': "script",
    '<b {{ hx(on_click="go()") }}>1</b>': "script",
    '<a href="javascript:go()">1</a>': "href= is a script",
    '<script nonce="{{ nonce }}">go()</script>': "a script in the page",
    '<script src="{{ static("x.js") }}"></script>': "without nonce",
    '<img src="https://example.com/x.png">': "another host",
    '<link rel="stylesheet" href="//example.com/x.css">': "another host",
    '<form action="https://example.com/">1</form>': "another host",
    "{{ name|safe }}": "|safe",
    "{{ (name|upper)|safe|trim }}": "|safe",
    "{% autoescape false %}{{ name }}{% endautoescape %}": "autoescape",
    "<p>Leads</p>": "text 'Leads'",
    "<p>\n{% if a %}\nof {{ name }}{% endif %}</p>": "text 'of'",
    '<p aria-label="Close">1</p>': "aria-label= 'Close'",
    '<input placeholder="{{ x }} leads">': "placeholder= 'leads'",
    '<input type="submit" value="Save">': "value= 'Save'",
    '{{ parts.field("email", "The e-mail") }}': "'The e-mail' is not inside _()",
    '{{ "Leads" if many else _("Lead") }}': "'Leads' is not inside _()",
    '{{ _("Leads " ~ count) }}': "put together",
    "{% trans %}Leads{% endtrans %}": "trans",
    "{% if %}": "Expected an expression",
}


def test_a_sound_template_has_no_problems() -> None:
    assert list(template_problems("templates/x.html", SOUND)) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_noticed(fault: str) -> None:
    lines = list(template_problems("templates/x.html", SOUND.replace("</form>", f"{fault}</form>")))
    assert any(FAULTS[fault] in line for line in lines), lines
    place = SOUND[: SOUND.index("</form>")].count("\n") + 1
    assert all(int(line.split(":")[1]) in range(place, place + 4) for line in lines), lines


def test_a_value_is_declared_safe_in_trusted_files_only() -> None:
    assert list(python_problems("pages/x.py", 'Markup("<b>")')) == []
    assert len(list(python_problems("pages/x.py", 'markupsafe.Markup(f"<b>{name}</b>")'))) == 1
    assert list(python_problems("render.py", "Markup(text)")) == []


def test_the_templates_have_no_problems() -> None:
    assert list(problems(WEB)) == []
