"""The copy that a follower of the change feed makes of all leads, held against the leads themselves. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from leadloop.core.changes import pointer_parts
from proof.follower_load import Key

ITEM_KEYS = ("id", "key", "name")
UNSET = (None, "")


class Source(NamedTuple):
    """What there is: the feed in its order, each lead as GET shows it with its version, and what was acknowledged."""

    feed: Sequence[Key]
    leads: Mapping[str, tuple[int, dict[str, Any]]]
    acknowledged: Sequence[Key]


def judge(records: Sequence[dict[str, Any]], source: Source) -> list[str]:
    """What was missed, told twice, told in another order, or makes another lead than there is."""
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
        last, copy = copied(records, lead)
        if last != version:
            problems.append(f"the copy of {lead} is at version {last}, the lead at {version}")
        problems += [f"{lead}: {name} is not as GET shows it" for name in differences(copy, shown)]
    return problems


def copied(records: Iterable[dict[str, Any]], lead: str) -> tuple[int, dict[str, Any]]:
    """One lead's version and what its records make of it, items under their ids, cleared fields as `None`."""
    version, copy = 0, dict[str, Any]()
    for record in (one for one in records if one["leadId"] == lead):
        version = record["version"]
        for change in record["fields"]:
            *path, name = pointer_parts(change["field"])
            place = copy
            for part in path:
                place = _object(place, part)
            place[name] = change["after"]
    return version, copy


def _object(place: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(place.get(name), dict):
        place[name] = {}
    found: dict[str, Any] = place[name]
    return found


def differences(copy: Mapping[str, Any], shown: Any, path: str = "") -> Iterator[str]:
    """Where the copy says something else than is shown."""
    for name, value in copy.items():
        there = _member(shown, name)
        if isinstance(value, dict) and value:
            yield from differences(value, there, f"{path}/{name}")
        elif value != there and not (value in UNSET and there in UNSET):
            yield f"{path}/{name}"


def leaves(copy: Mapping[str, Any]) -> int:
    """How many single values the copy has."""
    return sum(leaves(value) if isinstance(value, dict) and value else 1 for value in copy.values())


def _member(shown: Any, name: str) -> Any:
    if isinstance(shown, Mapping):
        return shown.get(name)
    items = shown if isinstance(shown, list) else []
    return next((one for key in ITEM_KEYS for one in items if isinstance(one, dict) and one.get(key) == name), None)
