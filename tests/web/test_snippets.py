"""The programs that Connect shows: hostile addresses and keys stay data in each of them."""

import ast
import json
import shlex

import pytest

from leadloop.api import dialects
from leadloop.settings import DATABASE_DEFAULTS
from leadloop.web.devices import device_of
from leadloop.web.snippets import LANGUAGES, environment, programs

SAMPLES = {dialect.name: dialect.sample for dialect in dialects.load(DATABASE_DEFAULTS)}
ACCOUNT, KEY = "0123456789abcdef01234567", "ll_live_" + "a" * 12 + "_" + "b" * 38


def test_there_is_a_program_for_each_language_in_each_api() -> None:
    snippets = programs(SAMPLES, "https://leads.example", ACCOUNT, KEY)
    assert [(snippet.api, snippet.language) for snippet in snippets] == [
        (api, language) for api in SAMPLES for language in LANGUAGES
    ]
    for snippet in snippets:
        assert KEY in snippet.text and "https://leads.example/" in snippet.text


@pytest.mark.parametrize("api", SAMPLES)
def test_the_shell_reads_the_curl_command_as_it_is_meant(api: str) -> None:
    (text,) = [
        snippet.text
        for snippet in programs(SAMPLES, "http://[::1]:8080", ACCOUNT, KEY)
        if (snippet.api, snippet.language) == (api, "curl")
    ]
    words = shlex.split(text.replace("\\\n", ""))
    assert words[:3] == ["curl", "-X", "POST"] and words[3].startswith("http://[::1]:8080/")
    assert f"X-API-Key: {KEY}" in words and "Ana" in json.dumps(json.loads(words[-1]))


def test_quotes_stay_quotes() -> None:
    hostile = "https://x/'\"$(id)`\\"
    for snippet in programs(SAMPLES, hostile, ACCOUNT, KEY):
        if snippet.language == "curl":
            assert any(word.startswith(hostile) for word in shlex.split(snippet.text.replace("\\\n", "")))
        elif snippet.language == "javascript":
            start = snippet.text.index("fetch(") + len("fetch(")
            assert json.loads(snippet.text[start : snippet.text.index(", {\n")]).startswith(hostile)
        else:
            start = snippet.text.index("curl_init(") + len("curl_init(")
            literal = snippet.text[start : snippet.text.index(");", start)]
            assert ast.literal_eval(literal).startswith(hostile)


def test_the_environment_has_one_line_for_each_value() -> None:
    lines = environment("https://leads.example", ACCOUNT, KEY).splitlines()
    assert lines == ["LEADLOOP_URL=https://leads.example", f"LEADLOOP_ACCOUNT={ACCOUNT}", f"LEADLOOP_KEY={KEY}"]


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox Linux"),
        ("curl/8.0", " "),
    ],
)
def test_a_session_is_named_by_browser_and_system(user_agent: str, device: str) -> None:
    assert " ".join(device_of(user_agent)) == device
