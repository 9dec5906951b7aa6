"""What endpoints were told, judged request by request: nothing before its turn, and everything in the end. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from proof.webhooks_receiver import Arrival

Key = tuple[str, str, int]
"""An endpoint's path, a lead, a version of it."""


class Told:
    def __init__(self) -> None:
        self.times: Counter[Key] = Counter()
        """How often each version came."""
        self._last: dict[tuple[str, str], int] = {}
        self._ids: dict[tuple[str, int], str] = {}
        self._excused: Counter[Key] = Counter()

    def excuse(self, keys: Iterable[Key]) -> None:
        """They were under way when their sender died: each may come once more."""
        self._excused.update(keys)

    @property
    def repeats(self) -> int:
        return sum(times - 1 for times in self.times.values())

    @property
    def unexcused(self) -> int:
        """Of the repeats, those of what was not under way at a death."""
        return sum(max(0, times - 1 - self._excused[key]) for key, times in self.times.items())

    def judge(self, arrivals: Iterable[Arrival]) -> list[str]:
        """What is wrong with what came next: a lead's versions have to come one by one, each when the one
        before is answered, and the last one may come again, as the same event."""
        return [problem for arrival in arrivals for problem in self._judge(arrival)]

    def missing(self, versions: Mapping[str, int], endpoints: Collection[str]) -> list[str]:
        """The versions of leads, as they are now, that an endpoint was never told."""
        return [
            f"{endpoint}: version {version} of {lead_id} never came"
            for endpoint in endpoints
            for lead_id, newest in versions.items()
            for version in range(1, newest + 1)
            if not self.times[endpoint, lead_id, version]
        ]

    def _judge(self, arrival: Arrival) -> list[str]:
        endpoint, lead_id, version, previous, event_id, _, others = arrival
        last, what = self._last.get((endpoint, lead_id), 0), f"{endpoint}: version {version} of {lead_id}"
        problems = []
        if version > last + 1:
            problems.append(f"{what} came too early, after version {last}")
        if unanswered := set(others) - {version}:
            problems.append(f"{what} came too early, before version {min(unanswered)} was answered")
        if version < last:
            problems.append(f"{what} came again after version {last}")
        if previous != version - 1:
            problems.append(f"{what} says that it follows version {previous}")
        if self._ids.setdefault((lead_id, version), event_id) != event_id:
            problems.append(f"{what} came with another webhook-id")
        self._last[endpoint, lead_id] = max(last, version)
        self.times[endpoint, lead_id, version] += 1
        return problems
