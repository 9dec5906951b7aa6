"""The timeline of a lead for a page: which entries a request shows, with their deliveries and the names of who acted.

A request reads a bounded number of versions, whatever the history and the filter; the rest is behind a link.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from msgspec import Struct

from leadloop.core.leads.model import Lead
from leadloop.core.people import actors
from leadloop.core.reading.timeline import (
    WINDOW,
    TimelineEntry,
    TimelineFilter,
    TimelinePiece,
    read_piece,
    select,
)
from leadloop.web.lead_place import LeadPlace
from leadloop.web.timeline_entries import Reader, ShownEntry
from leadloop.web.visit import Visit, read_digits
from leadloop.web.words import Words
from leadloop.webhooks import lead_deliveries
from leadloop.webhooks.lead_deliveries import LeadDelivery

HOOKS = "webhooks:manage"
ENOUGH = 15
"""A request goes on until it has so many entries,"""
MOST_VERSIONS = 500
"""or has read so many versions, or large ones."""
MOST_DELIVERIES = 200
"""Deliveries that are read together."""


class Timeline(Struct, frozen=True, kw_only=True):
    """Some entries of a timeline, newest first."""

    shown: TimelineFilter
    may_see_deliveries: bool
    newest: Sequence[ShownEntry]
    """The entries that may still change: those of the newest burst that is shown, if it is recent."""
    since: int
    """The version at which they begin, if there are any; 0 for an older part, and for the timeline as it was."""
    entries: Sequence[ShownEntry]
    """The others."""
    before: int
    """The entries that follow are of versions before this one. There are none if it is 1."""
    has_gap: bool = False
    """Only the newest part was requested, and it does not reach to where the page goes on."""
    searched_to_ms: int
    """How far back was searched, if there is more; else 0."""
    is_older: bool
    """Whether it begins before the newest entries."""
    place: LeadPlace
    day: str = ""
    """The day of the entry before these; its heading is not repeated."""

    def address(self, **parameters: object) -> str:
        """Of the page that shows another part."""
        return f"{self._address('', parameters)}#timeline"

    def fragment(self, **parameters: object) -> str:
        """Of another part alone."""
        return self._address("/timeline", parameters)

    def as_of(self, version: int) -> str:
        """Of the page that shows the lead as it was."""
        return self.place.url(as_of=version)

    def _address(self, part: str, parameters: Mapping[str, object]) -> str:
        show = str(parameters.get("show", self.shown.value))
        more = urlencode({name: value for name, value in parameters.items() if value and name != "show"})
        address = self.place.url(part, show=show)
        return f"{address}{'&' if '?' in address else '?'}{more}" if more else address

    @property
    def has_more(self) -> bool:
        return self.before > 1

    @property
    def last_day(self) -> str:
        """Of its oldest entry."""
        shown = self.entries or self.newest
        return shown[-1].day if shown else self.day


class _TimelinePart(NamedTuple):
    """What a request reads of the change log."""

    entries: list[TimelineEntry]
    newest: int
    """The version at which the newest burst begins, shown or not."""
    deliveries: Mapping[int, Sequence[LeadDelivery]]
    before: int
    searched_to_ms: int


async def load_timeline(visit: Visit, lead: Lead, place: LeadPlace, words: Words) -> Timeline:
    """What the place and the request's parameter `before` ask for. `lead` is as of the version in the address."""
    newest = lead.version + 1
    before = min(read_number(visit, "before") or newest, newest)
    part = await _search(visit, lead, _filter(visit, place), before)
    shown = await _show(visit, lead, words, part)
    is_live = before == newest and place.as_of is None
    since = part.entries[0].burst if part.entries else 0
    if newest - since > WINDOW:
        since = part.newest
    fresh = [entry for entry in shown if is_live and entry.entry.burst >= since]
    return Timeline(
        shown=_filter(visit, place),
        may_see_deliveries=visit.visitor.may(HOOKS),
        newest=fresh,
        since=since if is_live else 0,
        entries=shown[len(fresh) :],
        before=part.before,
        searched_to_ms=part.searched_to_ms,
        is_older=before < newest,
        place=place,
        day=visit.request.query_params.get("day", ""),
    )


async def load_newest(visit: Visit, lead: Lead, place: LeadPlace, words: Words, since: int) -> Timeline:
    """The entries from the version `since` on, for a page that shows the older ones already."""
    since = max(1, min(since, lead.version))
    shown = _filter(visit, place)
    part = await _search(visit, lead, shown, lead.version + 1, since=since, enough=MOST_VERSIONS)
    return Timeline(
        shown=shown,
        may_see_deliveries=visit.visitor.may(HOOKS),
        newest=await _show(visit, lead, words, part),
        since=since,
        entries=(),
        before=part.before,
        has_gap=part.before > since,
        searched_to_ms=part.searched_to_ms,
        is_older=False,
        place=place,
    )


async def _search(
    visit: Visit, lead: Lead, shown: TimelineFilter, before: int, *, since: int = 1, enough: int = ENOUGH
) -> _TimelinePart:
    """Reads pieces until there are enough entries. `since` is where a burst begins."""
    entries: list[TimelineEntry] = []
    deliveries: dict[int, list[LeadDelivery]] = {}
    start, newest, searched_to_ms = before, 0, 0
    while before > since and start - before < MOST_VERSIONS:
        piece = await read_piece(visit.store, lead.account_id, lead.id, before, since)
        if visit.visitor.may(HOOKS):
            await _add_deliveries(visit, lead, piece, before, deliveries)
        newest = newest or (piece.entries[0].burst if piece.entries else piece.first)
        entries += _chosen(piece.entries, shown, deliveries)
        before, searched_to_ms = piece.first, piece.started_at_ms
        if piece.is_large or len(entries) >= enough:
            break
    if before > since and shown is TimelineFilter.WEBHOOKS and not await _has_deliveries(visit, lead, before):
        before = since
    return _TimelinePart(entries, newest, deliveries, before, searched_to_ms if before > since else 0)


def _chosen(
    entries: Iterable[TimelineEntry], shown: TimelineFilter, deliveries: Mapping[int, Sequence[LeadDelivery]]
) -> Iterable[TimelineEntry]:
    selected = select(entries, shown)
    if shown is not TimelineFilter.WEBHOOKS:
        return selected
    return (entry for entry in selected if any(version in deliveries for version in entry.versions))


async def _add_deliveries(
    visit: Visit, lead: Lead, piece: TimelinePiece, before: int, deliveries: dict[int, list[LeadDelivery]]
) -> None:
    """Adds the deliveries of the piece's versions, by version."""
    position = before, ""
    while position[0] >= piece.first:
        page = await lead_deliveries.of_lead(visit.store, lead.account_id, lead.id, MOST_DELIVERIES, position)
        for delivery in page:
            if (version := delivery.record.delivery.version) >= piece.first:
                deliveries.setdefault(version, []).append(delivery)
        if len(page) < MOST_DELIVERIES:
            return
        position = page[-1].position


async def _has_deliveries(visit: Visit, lead: Lead, before: int) -> bool:
    return bool(await lead_deliveries.of_lead(visit.store, lead.account_id, lead.id, 1, (before, "")))


async def _show(visit: Visit, lead: Lead, words: Words, part: _TimelinePart) -> list[ShownEntry]:
    ids = list(dict.fromkeys(entry.actor for entry in part.entries))
    reader = Reader(
        words=words,
        lead=lead,
        actors={actor.id: actor for actor in await actors.names(visit.store, lead.account_id, ids)},
        apis={name: sample.title for name, sample in visit.context.samples.items()},
        now_ms=visit.now_ms,
    )
    return [
        reader.show(entry, [item for version in entry.versions for item in part.deliveries.get(version, ())])
        for entry in part.entries
    ]


def _filter(visit: Visit, place: LeadPlace) -> TimelineFilter:
    """Everything if the visitor may not use the filter in the address."""
    shown = TimelineFilter(place.show)
    return TimelineFilter.ALL if shown is TimelineFilter.WEBHOOKS and not visit.visitor.may(HOOKS) else shown


def read_number(visit: Visit, name: str) -> int:
    """A parameter that is a version; 0 if it is none."""
    return read_digits(visit.request.query_params.get(name) or "") or 0
