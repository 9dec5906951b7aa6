"""`facebookAdsPixelData` is an opaque text, kept byte for byte; an object is kept as its JSON text."""

import json

import pytest

from lab.server import Client

TEXTS = {
    "as published": "string",
    "json with its own spaces": '{ "fbp" : "fb.1.1" ,\t"n":1.0}\r\n',
    "broken json": '{"fbp": ',
    "escapes": r"\u0041 \n \\ \" %7B",
    "quotes and slashes": "\"'/\\</script>",
    "spaces around": "  x  ",
    "several planes": "çã€漢字🙂\u2028\u2029\ufeff",
    "composed and not": "é e\u0301",
    "DEL and C1": "\x7f\x80\x9f",
    "noncharacters": "\ufffe\uffff\U0010ffff",
    "a number": "0012.50",
    "64 KiB": "x" * 64 * 1024,
    "64 KiB of two-byte characters": "ã" * 32 * 1024,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_reads_back_byte_for_byte(client: Client, text: str) -> None:
    lead_id = client.new_lead()
    assert client.patch(lead_id, {"facebookAdsPixelData": text})["version"] == 2
    assert client.get(lead_id)["facebookAdsPixelData"] == text
    assert client.patch(lead_id, {"facebookAdsPixelData": text})["version"] == 2


def test_escapes_in_the_request_are_the_characters_they_stand_for(client: Client) -> None:
    lead_id = client.new_lead()
    raw = rb'{"facebookAdsPixelData": "\u00e7\ud83d\ude42\/\t\u007f"}'
    answer = client.expad("PATCH", f"lead/{lead_id}", content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert client.get(lead_id)["facebookAdsPixelData"] == "ç🙂/\t\x7f"


@pytest.mark.parametrize(
    "value",
    [{"fbp": "fb.1", "nested": {"z": [1, None, True], "a": "ã\n"}}, {}, {"value": 1.25, "big": 2**63 - 1}, {"": ""}],
)
def test_an_object_is_kept_as_its_json_text(client: Client, value: object) -> None:
    lead_id = client.new_lead()
    assert client.patch(lead_id, {"facebookAdsPixelData": value})["version"] == 2
    shown = client.get(lead_id)["facebookAdsPixelData"]
    assert isinstance(shown, str)
    assert json.loads(shown) == value
    assert client.patch(lead_id, {"facebookAdsPixelData": value})["version"] == 2


@pytest.mark.parametrize("value", ["x" * (64 * 1024 + 1), {"x": "y" * 64 * 1024}, 1, True, "\x00", "\x1b"])
def test_invalid_values_are_refused(client: Client, value: object) -> None:
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json={"facebookAdsPixelData": value})
    assert answer.status_code == 400
    assert "facebookAdsPixelData" in answer.json()["message"]
