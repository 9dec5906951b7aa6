"""With any names of leads and entries: rows add up, the key of each row filters its leads, and the arrays, the free
Insights and the list agree."""

import unicodedata
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lab.server import Client, Leadloop
from leadloop.core.leads.normalize import matching_name
from tests.support.examples import examples
from tests.support.strategies import Body

EVER = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
DIMENSIONS = ("user", "unit", "lossReason", "tag", "source", "type", "product", "stage", "utm_source")
FORMS = (
    lambda name: name,
    str.upper,
    str.lower,
    lambda name: unicodedata.normalize("NFD", name),
    lambda name: f" {name}\u00a0",
    lambda name: name.replace(" ", "  "),
)
NAMES = st.builds(
    lambda name, forms: forms[1](forms[0](name)),
    st.sampled_from(["São José", "Ação", "Kit", "Kit b"]),
    st.tuples(st.sampled_from(FORMS), st.sampled_from(FORMS)),
)
IDS = st.sampled_from(["x1", "x2", "X1"])
REFERENCES = st.one_of(
    st.builds(lambda name: {"name": name}, NAMES), st.builds(lambda i, n: {"id": i, "name": n}, IDS, NAMES)
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "leadAttributionUser": REFERENCES.map(lambda reference: {**reference, "userName": reference["name"]}),
        "unit": REFERENCES,
        "leadLossReson": REFERENCES,
        "tags": st.lists(REFERENCES, max_size=2),
        "leadCart": REFERENCES.map(lambda product: {"leadProducts": [{"amount": 1, "product": product}]}),
        "source": st.sampled_from(["GOOGLE", "CUSTOM", "google"]) | NAMES,
        "customLeadSourceId": IDS,
        "type": st.sampled_from(["FORM", "CUSTOM", ""]) | NAMES,
        "customLeadTypeId": IDS,
        "status": st.sampled_from(["ACTIVE", "complete", "COMPLETE"]) | NAMES,
        "utmSource": NAMES,
    },
)
ENTRIES = st.tuples(st.sampled_from(["users", "units", "tags", "products", "sources", "types"]), IDS, NAMES)


def rows(client: Client, by: str, **query: str) -> list[tuple[Any, int]]:
    params = {**EVER, "groupBy": by, "measures": "leads", "limit": "1000", **query}
    answer = client.leadsail("GET", "insights", params=params)
    assert answer.status_code == 200, answer.text
    return [(group["key"][by], group["leads"]) for group in answer.json()["data"]["groups"]]


def total(client: Client, **query: str) -> int:
    answer = client.leadsail("GET", "insights", params={**EVER, "measures": "leads", **query})
    return int(answer.json()["data"]["total"]["leads"])


def array(client: Client, name: str, **query: str) -> dict[str, int]:
    answer = client.expad("GET", "insights", params={**EVER, **query}).json()
    return {row["key"]: row["value"] for row in answer[f"{name}Performances"]}


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def check_rows(client: Client, by: str, leads: int) -> None:
    """An id filters one row; a name filters all rows with it: one, unless several things have the name."""
    listed = rows(client, by)
    if by not in ("tag", "product"):
        assert sum(n for _, n in listed) == leads
    for shown, number in listed:
        if shown is None:
            continue
        if isinstance(shown, str) or shown["id"] is None:
            name = shown if isinstance(shown, str) else shown["name"]
            own = [row for row in listed if named(row[0]) == matching_name(name)]
            assert len({str(key) for key, _ in own}) == len(own)
            answered = rows(client, by, **{by: quoted(name)})
            for row in own:
                assert row in answered
            if by not in ("tag", "product"):
                assert answered == own
        elif by in ("tag", "product"):
            assert (shown, number) in rows(client, by, **{by: shown["id"]})
            assert total(client, **{by: shown["id"]}) == number
        else:
            assert rows(client, by, **{by: shown["id"]}) == [(shown, number)]


def named(shown: Any) -> str:
    text = shown if isinstance(shown, str) else (shown or {}).get("name")
    return matching_name(text or "")


def check_arrays(client: Client, name: str, leads: int) -> None:
    """The array has the rows of the free Insights, by name; each is a filter everywhere."""
    values = array(client, name)
    assert sum(values.values()) == leads
    free: Counter[str] = Counter()
    for shown, number in rows(client, name):
        called = (shown["name"] or shown["id"]) if isinstance(shown, dict) else shown
        free[matching_name(called).removeprefix("lead_type_")] += number
    assert {matching_name(key).removeprefix("lead_type_"): number for key, number in values.items()} == free
    for key, number in values.items():
        if name == "source":
            assert array(client, name, source=key) == {key: number}
        answer = client.expad("GET", params={name: key}).json()
        assert (answer["total"], len(answer["leads"])) == (number, number), key


def test_the_key_of_each_row_is_the_filter_of_its_leads(server: Leadloop) -> None:
    @examples(25)
    @given(bodies=st.lists(BODIES, min_size=1, max_size=6), entries=st.lists(ENTRIES, max_size=3), later=st.booleans())
    def run(bodies: list[Body], entries: list[tuple[str, str, str]], later: bool) -> None:
        client = server.client()
        for body in bodies[: len(bodies) * later]:
            client.new_lead(**body)
        for kind, entry_id, name in entries:
            client.leadsail("POST", f"catalogue/{kind}", json={"id": entry_id, "name": name})
        for body in bodies[len(bodies) * later :]:
            client.new_lead(**body)
        for by in DIMENSIONS:
            check_rows(client, by, len(bodies))
        for name in ("source", "type"):
            check_arrays(client, name, len(bodies))
        for stage, number in array(client, "status").items():
            assert client.expad("GET", params={"status": stage}).json()["total"] == number
            assert total(client, stage=quoted(stage)) == number
        client.close()

    run()
