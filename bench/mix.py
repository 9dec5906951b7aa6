"""What the PATCHes of the load write: bodies for lua/patch.lua and `bench.instructions`, with `@@` for a number.

`demo` follows the demo's own year: each body is a change of its log, with the fields that changed together, so that the
bodies have the log's shares. `indexed` is the worst case: five to seven fields, mostly indexed ones. `plain` writes
fields that nothing is derived from. Each body changes something whatever the lead contains, since `@@` becomes a number
of its own. `python -m bench.mix` prints the shares. Pure except for `main`.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

import msgspec

from bench.documents import Document, shown
from bench.leads import ACCOUNT, END_MS
from lab.report import table
from leadloop.api.body import encode
from leadloop.core.changes import FieldChange, pointer_parts
from leadloop.core.writes.unit import Saved
from leadloop.demo.year import year

MARK = "@@"
NUMBER = "#@@"
"""A text that becomes a JSON number of eight digits."""
SEED, LEADS = 1, 2_000
"""The demo's leads whose changes are drawn: some 8,000."""
BODIES = 1_000
ACTIVITIES = 8
"""Ids of activities: with ids of their own, leads would grow with each PATCH."""

SENT = {
    "stage": "status",
    "status": "status",
    "notes": "note",
    "detail": "callStatus",
    "thermometer": "thermometer",
    "owner": "leadAttributionUser",
    "unit": "unit",
    "department": "department",
    "interest": "interest",
    "tags": "tags",
    "answers": "fields",
    "custom_fields": "fields",
    "activities": "activities",
    "activity_reason": "leadActivityReason",
    "loss_reason": "leadLossReson",
    "steps": "conversionSteps",
    "cart": "leadCart",
    "sale_value_micros": "saleValue",
    "last_message": "lastMessage",
    "submission_count": "callDuration",
    "client_lead_id": "callId",
}
"""Changed field of the log → property of the body. Fields of the LeadSail API go to the nearest property of the Expad
API."""
NUMBERED = ("note", "saleValue", "callStatus", "callId", "callDuration", "lastMessage", "activities")
"""Properties with a number of their own. A body without any of them also writes `callStatus`."""

STAGES = ("NEW", "ACTIVE", "COMPLETE", "LOST")


class Logged(NamedTuple):
    """A change of the log, and the lead's state before it."""

    before: Saved
    saved: Saved

    @property
    def fields(self) -> list[str]:
        """The changed fields of the lead, sorted."""
        return sorted({pointer_parts(change.field)[0] for change in self.saved.change.fields})


@lru_cache
def log(seed: int = SEED, leads: int = LEADS) -> Sequence[Logged]:
    """All changes of the demo's year but the creations."""
    histories = year(seed, leads, ACCOUNT, END_MS)
    return [Logged(*pair) for history in histories for pair in pairwise(history)]


def _demo() -> list[str]:
    """Bodies of changes spread evenly over the log, ordered by changed fields, so that the shares are right."""
    logged = sorted(log(), key=lambda change: change.fields)
    return [_text(_body(logged[n * len(logged) // BODIES], n)) for n in range(BODIES)]


def _body(logged: Logged, number: int) -> Document:
    view = shown(logged.saved.lead)
    names = dict.fromkeys(SENT[field] for field in logged.fields if field in SENT)
    body = {name: view[name] for name in names if name in view}
    if "status" in names and "stage" not in logged.fields:
        body["status"] = logged.saved.lead.status
    if "fields" in names:
        body["fields"] = list(_answers(logged.saved.change.fields))
    if "conversionSteps" in names:
        body["conversionSteps"] = {part[1]: True for part in _parts(logged, "steps")}
    if "activities" in names:
        changed = {part[1] for part in _parts(logged, "activities")}
        body["activities"] = [
            activity | {"id": f"activity-{(number + n) % ACTIVITIES}", "description": f"Visita {MARK}"}
            for n, activity in enumerate(item for item in view["activities"] if item["id"] in changed)
        ]
    return _numbered(body, names)


def _numbered(body: Document, names: dict[str, None]) -> Document:
    if "note" in body:
        body["note"] += f" {MARK}"
    if "lastMessage" in body:
        message = {name: value for name, value in body["lastMessage"].items() if name not in ("id", "audio")}
        body["lastMessage"] = message | {"content": f"{message.get('content', 'audio')} {MARK}"}
    fresh = {"saleValue": NUMBER, "callDuration": NUMBER, "callId": f"PRT-{MARK}", "callStatus": f"passed {MARK}"}
    body |= {name: value for name, value in fresh.items() if name in names}
    return body if any(name in body for name in NUMBERED) else body | {"callStatus": f"done {MARK}"}


def _parts(logged: Logged, field: str) -> Iterator[list[str]]:
    pointers = (pointer_parts(change.field) for change in logged.saved.change.fields)
    return (parts for parts in pointers if parts[0] == field)


def _answers(changes: Sequence[FieldChange]) -> Iterator[Document]:
    for change in changes:
        kind, *key = pointer_parts(change.field)
        if kind == "answers":
            yield {"id": key[0], "name": change.after.label, "value": str(change.after.value)}
        elif kind == "custom_fields":
            yield {"id": key[0], "name": key[0], "value": str(change.after)}


def _indexed() -> list[str]:
    """Two of three change an indexed column (e-mail or phone), two the stage, two the sale value."""
    dice = Random(SEED)
    return [_text(make(dice)) for _ in range(BODIES // 3) for make in (_sale, _phone, _email)]


def _sale(dice: Random) -> Document:
    return {
        "status": dice.choice(STAGES),
        "saleValue": NUMBER,
        "thermometer": f"warm {MARK}",
        "note": f"Called again, wants offer {MARK}.",
        "callDuration": dice.randint(1, 900),
        "keyword": f"price {MARK}",
        "conversionSteps": {"visited": dice.random() < 0.5},
    }


def _phone(dice: Random) -> Document:
    return {
        "phoneNumber": f"+55119{MARK}",
        "status": dice.choice(STAGES),
        "through": f"site {MARK}",
        "callStatus": f"answered {MARK}",
        "callId": f"call-{MARK}",
        "utmCampaign": f"spring-{MARK}",
    }


def _email(dice: Random) -> Document:
    return {
        "email": f"lead.{MARK}@example.com",
        "saleValue": NUMBER,
        "companyName": f"Rocha e Filhos {MARK}",
        "thermometer": f"hot {MARK}",
        "aiData": {"isActive": dice.random() < 0.5},
    }


def _plain() -> list[str]:
    return [_text({"companyName": f"Company {MARK}", "cpf": f"123{MARK}", "callDuration": NUMBER})]


def _text(body: Document) -> str:
    return re.sub(f'"{NUMBER}"', MARK, encode(body).decode())


MIXES: dict[str, Callable[[], list[str]]] = {"demo": _demo, "indexed": _indexed, "plain": _plain}


@lru_cache
def bodies(mix: str) -> Sequence[str]:
    """The bodies of a mix; each is as likely as any other."""
    return MIXES[mix]()


def filled(text: str, dice: Random) -> str:
    """A body with its number, as lua/patch.lua sends it."""
    return text.replace(MARK, str(dice.randint(10_000_000, 99_999_999)))


def _shares(logged: Sequence[Logged]) -> Iterator[list[object]]:
    """For each changed field, its share of the changes and the property that writes it."""
    counts = Counter(field for change in logged for field in change.fields)
    for field, count in counts.most_common():
        yield [f"{count / len(logged):.1%}", field, SENT.get(field, "not sent")]


def _together(logged: Sequence[Logged]) -> Iterator[list[object]]:
    counts = Counter(tuple(change.fields) for change in logged)
    for fields, count in counts.most_common():
        yield [f"{count / len(logged):.1%}", ", ".join(fields)]


def main() -> int:
    parser = argparse.ArgumentParser("bench.mix", description="The shares of changed fields in the demo's year.")
    parser.add_argument("--leads", type=int, default=LEADS, help=f"leads of the year ({LEADS})")
    logged = log(SEED, parser.parse_args().leads)
    sizes = Counter(len(_properties(text)) for text in bodies("demo"))
    print(*table(("share", "changed field", "sent as"), _shares(logged)), sep="\n", end="\n\n")
    print(*table(("share", "changed together"), _together(logged)), sep="\n", end="\n\n")
    rows: list[list[Any]] = [[count, f"{n / BODIES:.1%}"] for count, n in sorted(sizes.items())]
    print(*table(("properties of a body", "share"), rows), sep="\n", end="\n\n")
    for mix in MIXES:
        print(f"{mix}: {sum(map(len, bodies(mix))) / len(bodies(mix)):,.0f} bytes on average")
    return 0


def _properties(text: str) -> Document:
    body: Document = msgspec.json.decode(text.replace(MARK, "10000000"))
    return body


if __name__ == "__main__":
    sys.exit(main())
