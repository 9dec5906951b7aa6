"""Builds a copy of all leads from the change feed and compares it with the leads. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from leadloop.core.changes import pointer_parts
from proof.follower_load import Key

ITEM_KEYS = ("id", "key", "name")
UNSET = (None, "")


class Source(NamedTuple):
    """The expected content: the feed in order, each lead's version and form in GET, and the acknowledged versions."""

    feed: Sequence[Key]
    leads: Mapping[str, tuple[int, dict[str, Any]]]
    acknowledged: Sequence[Key]


def judge(records: Sequence[dict[str, Any]], source: Source) -> list[str]:
    """Reports records that are missing, repeated or out of order, and leads that differ from their copies."""
    seen = [(record["leadId"], record["version"]) for record in records]
    times = Counter(seen)
    problems = [f"version {version} of {lead} was read {n} times" for (lead, version), n in times.items() if n > 1]
    problems += [
        f"version {version} of {lead} was never read" for lead, version in source.feed if not times[lead, version]
    ]
    lost = set(source.acknowledged) - times.keys()
    problems += [f"acknowledged version {version} of {lead} was never read" for lead, version in lost]
    if not problems and seen != list(source.feed):
        problems.append("the feed was read in another order than it has")
    for lead, (version, shown) in source.leads.items():
        last, copy = copy_lead(records, lead)
        if last != version:
            problems.append(f"the copy of {lead} is at version {last}, the lead at {version}")
        problems += [f"{lead}: {name} is not as GET shows it" for name in differences(copy, shown)]
    return problems


def copy_lead(records: Iterable[dict[str, Any]], lead: str) -> tuple[int, dict[str, Any]]:
    """Returns a lead's version and the copy built from its records: items by id, cleared fields as `None`."""
    version, copy = 0, dict[str, Any]()
    for record in (record for record in records if record["leadId"] == lead):
        version = record["version"]
        for change in record["fields"]:
            *path, name = pointer_parts(change["field"])
            parent = copy
            for part in path:
                parent = _object(parent, part)
            parent[name] = change["after"]
    return version, copy


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(parent.get(name), dict):
        parent[name] = {}
    member: dict[str, Any] = parent[name]
    return member


def differences(copy: Mapping[str, Any], shown: Any, path: str = "") -> Iterator[str]:
    """The pointers at which the copy differs from the lead."""
    for name, value in copy.items():
        expected = _member(shown, name)
        if isinstance(value, dict) and value:
            yield from differences(value, expected, f"{path}/{name}")
        elif value != expected and not (value in UNSET and expected in UNSET):
            yield f"{path}/{name}"


def count_values(copy: Mapping[str, Any]) -> int:
    """The number of single values in the copy."""
    return sum(count_values(value) if isinstance(value, dict) and value else 1 for value in copy.values())


def _member(shown: Any, name: str) -> Any:
    if isinstance(shown, Mapping):
        return shown.get(name)
    items = shown if isinstance(shown, list) else []
    return next((item for key in ITEM_KEYS for item in items if isinstance(item, dict) and item.get(key) == name), None)
