"""Bodies that are no JSON object in UTF-8 (semantics section 7)."""

import pytest

from lab.server import Client
from tests.support.dialects import face, fields, lines

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
def test_what_is_no_object_is_refused_and_changes_nothing(client: Client, dialect: str, kind: str) -> None:
    one = face(client, dialect)
    lead = one.new()
    before = one.shown(lead)
    raw = ALL[kind].replace(b"%s", NAME[dialect])
    for answer in (one.patch(lead, raw), one.post(raw)):
        assert len(lines(answer, dialect)) == 1
        assert fields(answer, dialect) == ["body"]
    assert one.shown(lead) == before


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_empty_object_changes_nothing(client: Client, dialect: str) -> None:
    one = face(client, dialect)
    lead = one.new()
    before = one.shown(lead)
    for raw in ("{}", " {\r\n\t} "):
        answer = one.patch(lead, raw)
        assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    assert one.shown(lead) == before


@pytest.mark.parametrize("dialect", DIALECTS)
def test_of_duplicate_names_the_last_wins(client: Client, dialect: str) -> None:
    one = face(client, dialect)
    lead = one.new()
    answer = one.patch(lead, f'{{"{one.text}": "first", "{one.text}": 5, "{one.text}": "last"}}')
    assert answer.status_code == 200, answer.text
    assert one.shown(lead)[one.text] == "last"
    assert fields(one.patch(lead, f'{{"{one.text}": "fine", "{one.text}": 5}}'), dialect) == [one.text]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_any_text_in_utf_8_is_kept_as_sent(client: Client, dialect: str) -> None:
    one = face(client, dialect)
    lead = one.new()
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
        answer = one.client.http.patch(one.lead(lead), json={one.text: text})
        assert answer.status_code == 200, answer.text
        assert one.shown(lead)[one.text] == text
    assert one.patch(lead, f'{{"{one.text}": "\\ud83d\\ude00\\u00e9"}}').status_code == 200
    assert one.shown(lead)[one.text] == "😀é"
