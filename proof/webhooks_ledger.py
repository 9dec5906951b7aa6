"""Judges deliveries to endpoints request by request: none out of order, and all in the end. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from proof.webhooks_receiver import Arrival

Key = tuple[str, str, int]
"""An endpoint's path, a lead, a version of it."""


class DeliveryLedger:
    def __init__(self) -> None:
        self.times: Counter[Key] = Counter()
        """How often each version arrived."""
        self._last: dict[tuple[str, str], int] = {}
        self._ids: dict[tuple[str, int], str] = {}
        self._excused: Counter[Key] = Counter()

    def excuse(self, keys: Iterable[Key]) -> None:
        """Allows one more arrival of each: they were in flight when their sender was killed."""
        self._excused.update(keys)

    @property
    def repeats(self) -> int:
        return sum(times - 1 for times in self.times.values())

    @property
    def unexcused(self) -> int:
        """Repeats of deliveries that were not in flight at a kill."""
        return sum(max(0, times - 1 - self._excused[key]) for key, times in self.times.items())

    def judge(self, arrivals: Iterable[Arrival]) -> list[str]:
        """Judges further arrivals: a lead's versions must arrive one by one, each after the previous one is answered;
        the last one may arrive again, as the same event."""
        return [problem for arrival in arrivals for problem in self._judge(arrival)]

    def missing(self, versions: Mapping[str, int], endpoints: Collection[str]) -> list[str]:
        """Reports versions up to the current ones that never arrived at an endpoint."""
        return [
            f"{endpoint}: version {version} of {lead_id} never arrived"
            for endpoint in endpoints
            for lead_id, newest in versions.items()
            for version in range(1, newest + 1)
            if not self.times[endpoint, lead_id, version]
        ]

    def _judge(self, arrival: Arrival) -> list[str]:
        endpoint, lead_id, version, previous, event_id, _, open_versions = arrival
        last, what = self._last.get((endpoint, lead_id), 0), f"{endpoint}: version {version} of {lead_id}"
        problems = []
        if version > last + 1:
            problems.append(f"{what} arrived too early, after version {last}")
        if unanswered := set(open_versions) - {version}:
            problems.append(f"{what} arrived too early, before version {min(unanswered)} was answered")
        if version < last:
            problems.append(f"{what} arrived again after version {last}")
        if previous != version - 1:
            problems.append(f"{what} claims to follow version {previous}")
        if self._ids.setdefault((lead_id, version), event_id) != event_id:
            problems.append(f"{what} arrived with another webhook-id")
        self._last[endpoint, lead_id] = max(last, version)
        self.times[endpoint, lead_id, version] += 1
        return problems
