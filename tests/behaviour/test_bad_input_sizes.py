"""How deep, how many and how long: each limit on both sides of its edge (semantics section 7)."""

from typing import Any

import httpx
import pytest

from lab.server import Client
from tests.support.dialects import DialectClient, api_of, fields

DIALECTS = ["expad", "leadsail"]


def _patch(api: DialectClient, lead: str, body: dict[str, Any]) -> httpx.Response:
    return api.client.http.patch(api.lead(lead), json=body)


def _nested(depth: int, *, lists: bool = False) -> Any:
    """A value of `depth` containers within each other."""
    value: Any = 1
    for _ in range(depth):
        value = [value] if lists else {"a": value}
    return value


@pytest.mark.parametrize("lists", [True, False])
def test_32_levels_are_taken_and_33_are_not(client: Client, lists: bool) -> None:
    lead = client.new_leadsail_lead()
    body = {"customFields": {"x": _nested(30, lists=lists)}}
    assert client.patch_leadsail(lead, body).status_code == 200
    assert client.get_leadsail(lead)["customFields"] == body["customFields"]
    (field,) = fields(client.patch_leadsail(lead, {"customFields": {"x": _nested(31, lists=lists)}}), "leadsail")
    assert field.startswith("customFields.x")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_body_that_is_far_too_deep(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    for depth in (33, 100, 1_000, 5_000, 100_000):
        for raw in (
            '{"x":' + "[" * depth + "]" * depth + "}",
            '{"x":' * depth + "1" + "}" * depth,
            "[" * depth,
            '{"x":' * depth,
        ):
            assert len(fields(api.patch(lead, raw), dialect)) == 1, depth
    unknown = _nested(32)
    assert _patch(api, lead, {"tags": [unknown]}).status_code == 400


@pytest.mark.parametrize("dialect", DIALECTS)
def test_1000_members_or_items_are_taken_and_1001_are_not(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    tags = [{"name": f"t{n}"} if dialect == "expad" else f"t{n}" for n in range(1_001)]
    assert _patch(api, lead, {"tags": tags[:1_000]}).status_code == 200
    assert len(api.shown(lead)["tags"]) == 1_000
    assert fields(_patch(api, lead, {"tags": tags}), dialect) == ["tags"]
    assert fields(_patch(api, lead, {f"x{n}": 1 for n in range(1_001)}), dialect) == ["body"]
    assert fields(_patch(api, lead, {"tags": [{f"x{n}": 1 for n in range(1_001)}]}), dialect) == ["tags.0"]


def test_free_objects_hold_1000_too(client: Client) -> None:
    lead = client.new_leadsail_lead()
    values = {f"k{n}": n for n in range(1_001)}
    most = dict(list(values.items())[:1_000])
    assert client.patch_leadsail(lead, {"customFields": most}).status_code == 200
    assert client.get_leadsail(lead)["customFields"] == most
    assert fields(client.patch_leadsail(lead, {"customFields": values}), "leadsail") == ["customFields"]
    tree = {"customFields": {"x": {"y": values}}}
    assert fields(client.patch_leadsail(lead, tree), "leadsail") == ["customFields.x.y"]


STORED: dict[str, tuple[Any, Any]] = {
    "customFields": ({f"k{n}": n for n in range(1_000)}, {"new": 1}),
    "compliance": ({f"k{n}": n for n in range(1_000)}, {"new": 1}),
    "flags": ({f"k{n}": True for n in range(1_000)}, {"new": True}),
    "questionnaire": ([{"key": f"k{n}"} for n in range(1_000)], [{"key": "new"}]),
    "notes": ([{"id": f"k{n}", "text": "x"} for n in range(1_000)], [{"text": "new"}]),
}


@pytest.mark.parametrize("field", STORED)
def test_1000_hold_for_what_is_stored(client: Client, field: str) -> None:
    lead = client.new_leadsail_lead()
    full, more = STORED[field]
    assert client.patch_leadsail(lead, {field: full}).status_code == 200
    assert fields(client.patch_leadsail(lead, {field: more, "detail": "x"}), "leadsail") == [field]
    assert len(client.get_leadsail(lead)[field]) == 1_000 and "detail" not in client.get_leadsail(lead)
    stored_item = (
        {"k0": None} if isinstance(full, dict) else [{**full[0], **({"text": "y"} if field == "notes" else {})}]
    )
    assert client.patch_leadsail(lead, {field: stored_item}).status_code == 200


def test_1000_query_parameters_are_stored_at_most(client: Client) -> None:
    lead = client.new_leadsail_lead(attribution={"params": {f"k{n}": "x" for n in range(1_000)}})
    answer = client.patch_leadsail(lead, {"attribution": {"params": {"new": "x"}}})
    assert fields(answer, "leadsail") == ["attribution.params"]


EXPAD_STORED: dict[str, tuple[Any, Any]] = {
    "fields": ([{"id": f"k{n}", "value": "x"} for n in range(1_000)], [{"id": "new", "value": "x"}]),
    "activities": ([{"id": f"k{n}", "kind": "x"} for n in range(1_000)], [{"kind": "new"}]),
    "conversionSteps": ({f"k{n}": False for n in range(1_000)}, {"new": False}),
    "conversionStepTimestamps": ({f"k{n}": 1_767_225_600_000 for n in range(1_000)}, {"new": 1_767_225_600_000}),
}


@pytest.mark.parametrize("field", EXPAD_STORED)
def test_1000_hold_for_what_expad_stores(client: Client, field: str) -> None:
    lead = client.new_lead()
    full, more = EXPAD_STORED[field]
    assert client.patch(lead, {field: full})["version"] == 2
    assert fields(client.expad("PATCH", f"lead/{lead}", json={field: more}), "expad") == [field]
    assert len(client.get(lead)[field]) == 1_000


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_name_is_256_bytes_at_most(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    for key in ("k" * 257, "é" * 128 + "k", "😀" * 65):
        assert fields(_patch(api, lead, {key: 1}), dialect) == ["body"]
        assert fields(_patch(api, lead, {"customFields": {key: 1}}), dialect) == ["customFields"]


def test_a_name_of_256_bytes_is_kept(client: Client) -> None:
    lead = client.new_leadsail_lead()
    for key in ("k" * 256, "é" * 128, "😀" * 64):
        assert client.patch_leadsail(lead, {"customFields": {key: 1}}).status_code == 200
        assert client.get_leadsail(lead)["customFields"][key] == 1


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("character", ["x", "é", "名", "😀"])
def test_a_text_is_4_kib_and_a_long_one_64_kib_in_utf_8(client: Client, dialect: str, character: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    width = len(character.encode())
    for field, limit in ((api.text, 4 * 1024), (api.long_text, 64 * 1024)):
        longest = character * (limit // width) + "x" * (limit % width)
        assert _patch(api, lead, {field: longest}).status_code == 200
        assert api.shown(lead)[field] == longest
        assert fields(_patch(api, lead, {field: longest + "x"}), dialect) == [field]
        assert fields(_patch(api, lead, {field: character * (limit // width + 1)}), dialect) == [field]


def test_which_fields_are_long(client: Client) -> None:
    lead = client.new_leadsail_lead()
    text, over = "x" * 65_536, "x" * 65_537
    for expad in ("note", "facebookAdsPixelData"):
        assert client.expad("PATCH", f"lead/{lead}", json={expad: over}).status_code == 400
        client.patch(lead, {expad: text})
        client.patch(lead, {expad: "x"})
    for part, body in (
        ("activities", [{"id": "a", "description": text}]),
        ("lastMessage", {"id": "m", "content": text}),
    ):
        client.patch(lead, {part: body})
        client.patch(
            lead, {"activities": [{"id": "a", "description": "x"}], "lastMessage": {"id": "m", "content": "x"}}
        )
    client.patch(lead, {"lastMessage": {"id": "m", "audio": {"transcription": text}}})
    short = {"customFields": {"a": ["x" * 4_097]}, "approval": {"reason": "x" * 4_097}, "tags": ["x" * 4_097]}
    short |= {"address": {"street": "x" * 4_097}, "notes": [{"text": "x", "createdBy": "x" * 4_097}]}
    short |= {"attribution": {"params": {"a": "x" * 4_097}}, "deleteQuestionnaireKeys": ["x" * 4_097]}
    names = ["customFields.a.0", "approval.reason", "tags.0", "address.street", "notes.0.createdBy"]
    names += ["attribution.params.a", "deleteQuestionnaireKeys.0"]
    assert fields(client.patch_leadsail(lead, short), "leadsail") == names


def test_a_whole_lead_has_a_limit_too(client: Client) -> None:
    lead = client.new_leadsail_lead()
    notes = [{"text": "x" * 65_536} for _ in range(5)]
    assert len(fields(client.patch_leadsail(lead, {"notes": notes}), "leadsail")) == 1
    assert "notes" not in client.get_leadsail(lead)
