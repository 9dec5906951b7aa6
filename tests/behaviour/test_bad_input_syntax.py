"""Bodies that are no JSON object in UTF-8 (semantics section 7)."""

import pytest

from lab.server import Client
from tests.support.dialects import api_of, fields, lines

DIALECTS = ["expad", "leadsail"]
NAME = {"expad": b"companyName", "leadsail": b"clientLeadId"}

NO_OBJECT = {
    "nothing": b"",
    "white space": b" \r\n\t ",
    "array": b"[]",
    "array of objects": b'[{"%s": "x"}]',
    "string": b'"x"',
    "number": b"1",
    "true": b"true",
    "null": b"null",
}
NO_JSON = {
    "cut off": b'{"%s": "x"',
    "trailing comma": b'{"%s": "x",}',
    "trailing comma in array": b'{"%s": [1,]}',
    "two values": b'{"%s": "x"} {}',
    "text behind": b'{"%s": "x"}x',
    "single quotes": b"{'%s': 'x'}",
    "bare name": b'{%s: "x"}',
    "comment": b'{"%s": "x" /* y */}',
    "NaN": b'{"%s": NaN}',
    "Infinity": b'{"%s": Infinity}',
    "minus Infinity": b'{"%s": -Infinity}',
    "hexadecimal": b'{"%s": 0x1}',
    "leading zero": b'{"%s": 01}',
    "leading plus": b'{"%s": +1}',
    "no digit behind the point": b'{"%s": 1.}',
    "raw NUL": b'{"%s": "a\x00b"}',
    "raw control character": b'{"%s": "a\x1fb"}',
    "raw line feed in a string": b'{"%s": "a\nb"}',
    "unknown escape": b'{"%s": "\\x41"}',
    "form": b"%s=x&y=z",
    "NUL behind": b'{"%s": "x"}\x00',
}
NO_TEXT = {
    "latin-1": b'{"%s": "caf\xe9"}',
    "continuation alone": b'{"%s": "\x80"}',
    "overlong": b'{"%s": "\xc0\xaf"}',
    "beyond Unicode": b'{"%s": "\xf5\x80\x80\x80"}',
    "cut off in a character": b'{"%s": "\xe2\x82"}',
    "UTF-16": '{"%s": "x"}'.encode("utf-16"),
    "UTF-16 without mark": '{"%s": "x"}'.encode("utf-16-le"),
    "UTF-32": '{"%s": "x"}'.encode("utf-32"),
    "raw high surrogate": b'{"%s": "\xed\xa0\x80"}',
    "raw low surrogate": b'{"%s": "\xed\xbf\xbf"}',
    "raw pair of surrogates": b'{"%s": "\xed\xa0\xbd\xed\xb8\x80"}',
    "raw surrogate in a name": b'{"\xed\xa0\x80": 1, "%s": 1}',
    "escaped high surrogate": b'{"%s": "\\ud800"}',
    "escaped low surrogate": b'{"%s": "\\udc00"}',
    "escaped high before a letter": b'{"%s": "\\ud83d\\u0041"}',
    "escaped high before a plain letter": b'{"%s": "\\ud83dx"}',
    "escaped pair the wrong way round": b'{"%s": "\\ude00\\ud83d"}',
    "escaped surrogate in a name": b'{"\\udc00": 1, "%s": 1}',
}
ALL = {**NO_OBJECT, **NO_JSON, **NO_TEXT}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", ALL)
def test_bodies_other_than_objects_are_refused_and_change_nothing(client: Client, dialect: str, kind: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    before = api.shown(lead)
    raw = ALL[kind].replace(b"%s", NAME[dialect])
    for answer in (api.patch(lead, raw), api.post(raw)):
        assert len(lines(answer, dialect)) == 1
        assert fields(answer, dialect) == ["body"]
    assert api.shown(lead) == before


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_empty_object_changes_nothing(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    before = api.shown(lead)
    for raw in ("{}", " {\r\n\t} "):
        answer = api.patch(lead, raw)
        assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    assert api.shown(lead) == before


@pytest.mark.parametrize("dialect", DIALECTS)
def test_of_duplicate_names_the_last_wins(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    answer = api.patch(lead, f'{{"{api.text}": "first", "{api.text}": 5, "{api.text}": "last"}}')
    assert answer.status_code == 200, answer.text
    assert api.shown(lead)[api.text] == "last"
    assert fields(api.patch(lead, f'{{"{api.text}": "fine", "{api.text}": 5}}'), dialect) == [api.text]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_any_text_in_utf_8_is_kept_as_sent(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    for text in (
        "é e\u0301 ñ",
        "😀👩‍👩‍👧",
        "\u202eabc",
        "\ufeffx\ufffe\uffff",
        "\U0010ffff",
        'a\\b"c/d',
        "<b>&amp;</b>",
        "\x7f\x85",
    ):
        answer = api.client.http.patch(api.lead(lead), json={api.text: text})
        assert answer.status_code == 200, answer.text
        assert api.shown(lead)[api.text] == text
    assert api.patch(lead, f'{{"{api.text}": "\\ud83d\\ude00\\u00e9"}}').status_code == 200
    assert api.shown(lead)[api.text] == "😀é"
