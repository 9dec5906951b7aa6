"""The pure parts of the page of a lead: its fields in groups, its way through the stages, its tasks, its address."""

import re

import pytest
from msgspec import structs

from lab.leads import filled_lead
from lab.site import HOSTILE
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.leads.parts import Activity, Address, FormAnswer
from leadloop.insights.stages import Move
from leadloop.web.formats import Formats
from leadloop.web.lead_groups import ELSEWHERE, GROUPS, groups_of
from leadloop.web.lead_place import LeadPlace
from leadloop.web.lead_stages import MOST_OWN, StageStep, steps_of
from leadloop.web.lead_tasks import tasks_of
from leadloop.web.words import Words

ACCOUNT, LEAD = "a" * 24, "b" * 24
HOUR_MS = 3_600_000
START_MS = 1_780_000_000_000
BLANK = structs.replace(blank_lead(ACCOUNT, LEAD, START_MS), version=1)


def words(language: str = "en") -> Words:
    return Words(Formats(language, "America/Sao_Paulo", START_MS), "BRL", "BR")


def values(lead: Lead, language: str = "en") -> dict[str, str]:
    return {
        row.pointer: row.text for group in groups_of(lead, words(language)) for row in (*group.rows, *group.technical)
    }


def test_every_member_of_a_lead_has_one_place() -> None:
    shown = [member for _, members in GROUPS.values() for member in members] + list(ELSEWHERE)
    assert sorted(shown) == sorted(Lead.__struct_fields__)


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_every_value_is_shown_with_a_label(language: str) -> None:
    groups = groups_of(filled_lead(ACCOUNT, HOSTILE, START_MS), words(language))
    assert {group.name: group.empty for group in groups if group.empty} == {}
    for group in groups:
        for row in (*group.rows, *group.technical):
            assert row.text and row.label, row
            assert "/" not in row.label or "/" in HOSTILE, row
            assert re.fullmatch(r"v[\w-]+", row.id), row.id
    ids = [row.id for group in groups for row in (*group.rows, *group.technical)]
    assert len(ids) == len(set(ids))


def test_a_lead_without_values_has_labels_of_empty_fields() -> None:
    groups = {group.name: group for group in groups_of(BLANK, words("pt-BR"))}
    assert {"Telefone", "E-mail", "CPF"} <= set(groups["contact"].empty)
    assert not groups["contact"].rows and not groups["answers"].rows
    assert [row.pointer for row in groups["sale"].rows] == ["/status"]


def test_answers_steps_and_addresses_read_like_sentences() -> None:
    lead = structs.replace(
        BLANK,
        answers=[FormAnswer(key="roof", label="What roof?", value="tiles"), FormAnswer(key="kwh_month", value=280)],
        steps={"visited": True, "paid": False},
        step_times_ms={"visited": START_MS, "sale": START_MS},
        address=Address(street="Rua A, 1", city="Goiânia", state="GO", zip="74000-000", country="BR"),
    )
    groups = {group.name: group for group in groups_of(lead, words())}
    assert [(row.label, row.text) for row in groups["answers"].rows] == [("What roof?", "tiles"), ("Kwh month", "280")]
    shown = values(lead)
    assert shown["/address"] == "Rua A, 1 · Goiânia, GO · 74000-000 · Brazil"
    assert "2026" in shown["/steps/visited"] and shown["/steps/paid"] == "No"
    assert "2026" in shown["/step_times_ms/sale"] and "/step_times_ms/visited" not in shown


def test_fields_with_similar_names_have_elements_of_their_own() -> None:
    lead = structs.replace(BLANK, custom_fields=dict.fromkeys(("a b", "a.b", "a/b", "a-b", "á", "#", "v"), "x"))
    ids = [row.id for group in groups_of(lead, words()) for row in group.rows]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"v[\w-]+", id, re.ASCII) for id in ids)


def test_only_addresses_of_the_web_become_links() -> None:
    for text, is_link in (
        ("https://cdn.example/a.mp3", True),
        ("javascript:alert(1)", False),
        (" https://x.example", False),
        ("https://x.example/a b", False),
    ):
        rows = [
            row
            for group in groups_of(structs.replace(BLANK, call_audio_url=text), words())
            for row in group.rows
            if row.pointer == "/call_audio_url"
        ]
        assert [bool(row.link) for row in rows] == [is_link], text


def steps(*moves: Move, stage: str, until_ms: int, order: tuple[str, ...] = ()) -> dict[str, StageStep]:
    shown = steps_of(structs.replace(BLANK, stage=stage), moves, until_ms, order)
    return {step.stage: step for step in shown}


def test_the_time_in_each_stage() -> None:
    moves = [
        Move(2, START_MS + 2 * HOUR_MS, "ACTIVE"),
        Move(3, START_MS + 5 * HOUR_MS, "NEW"),
        Move(4, START_MS + 6 * HOUR_MS, "ACTIVE"),
    ]
    shown = steps(*moves, stage="ACTIVE", until_ms=START_MS + 10 * HOUR_MS)
    assert {name: step.spent_ms for name, step in shown.items()} == {
        "NEW": 3 * HOUR_MS,
        "ACTIVE": 7 * HOUR_MS,
        "COMPLETE": None,
        "LOST": None,
    }
    assert [name for name, step in shown.items() if step.is_current] == ["ACTIVE"]


def test_own_stages_stand_before_the_last_two_in_the_order_of_the_account() -> None:
    moves = [Move(n + 2, START_MS + n * HOUR_MS, name) for n, name in enumerate(("Visita", "Proposta", "Contrato"))]
    shown = steps(*moves, stage="Contrato", until_ms=START_MS + 3 * HOUR_MS, order=("Proposta", "visita"))
    assert list(shown) == ["NEW", "ACTIVE", "Proposta", "Visita", "Contrato", "COMPLETE", "LOST"]
    assert shown["Contrato"].is_current and shown["Contrato"].mark == "own"


def test_no_more_than_some_own_stages_are_shown() -> None:
    moves = [Move(n + 2, START_MS + n, f"own {n}") for n in range(9)]
    shown = steps(*moves, stage="own 8", until_ms=START_MS + 9)
    assert len(shown) == 4 + MOST_OWN and shown["own 8"].is_current


def test_a_stage_without_a_recorded_move_is_current() -> None:
    assert steps(stage="Visita", until_ms=START_MS)["Visita"].is_current


def test_open_tasks_come_by_their_due_time_and_late_ones_are_marked() -> None:
    activities = [
        Activity(id="1", name="no time"),
        Activity(id="2", name="later", due_at_ms=START_MS + 1),
        Activity(id="3", name="late", due_at_ms=START_MS - 1),
        Activity(id="4", name="done", due_at_ms=START_MS - 5, is_complete=True),
        Activity(id="5", name="done too", completed_at_ms=START_MS),
    ]
    tasks = tasks_of(structs.replace(BLANK, activities=activities), START_MS)
    assert [(task.activity.name, task.is_late) for task in tasks.open] == [
        ("late", True),
        ("later", False),
        ("no time", False),
    ]
    assert [activity.name for activity in tasks.done] == ["done too", "done"] and tasks.done_count == 2


def test_an_address_keeps_the_list_and_leaves_out_what_is_usual() -> None:
    place = LeadPlace(account_id=ACCOUNT, lead_id=LEAD, list_text='q=tag:"a&b"&sort=-date', as_of=3, open="raw")
    base = f"/app/{ACCOUNT}/leads/{LEAD}"
    listed = "from=q%3Dtag%3A%22a%26b%22%26sort%3D-date"
    assert place.url() == f"{base}?asOf=3&{listed}"
    assert place.url(as_of=None, list_text=None) == base
    assert place.url("/raw", list_text=None) == f"{base}/raw?asOf=3"
    assert place.url(show="talk", as_of=None, list_text="") == f"{base}?show=talk&from="
