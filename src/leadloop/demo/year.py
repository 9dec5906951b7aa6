"""A year of leads of one account, each with its whole history: of a seller in Brazil, and of campaigns in the US.

The result depends only on the arguments, and a lead is the same for a larger `count`.
"""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, NamedTuple

from leadloop.core.writes.unit import History
from leadloop.demo.arrivals import Arrival
from leadloop.demo.campaigns import (
    ADS,
    NEAR_OFFICE,
    OFFERS,
    OFFICE_OF_STATE,
    PRODUCTS,
    SALESPEOPLE,
    SOURCES,
    US_PLATFORMS,
    Salesperson,
)
from leadloop.demo.chance import Shares, dice_of
from leadloop.demo.partners import LeadSale, Submission
from leadloop.demo.people import InventedPerson, american, brazilian
from leadloop.demo.pursuit import Pursuit
from leadloop.demo.season import BRAZIL_H, US_H, Season
from leadloop.demo.story import Story


class Market(NamedTuple):
    """Which leads a year has, and the options of an account of this market."""

    us_share: float
    has_salespeople: bool
    """Whether leads in the US belong to salespeople."""
    options: Mapping[str, Any]


MIXED = Market(0.22, has_salespeople=False, options={})
_BR = {"country": "BR", "currency": "BRL", "time_zone": "America/Sao_Paulo", "language": "pt-BR"}
_US = {"country": "US", "currency": "USD", "time_zone": "America/Chicago", "language": "en"}
MARKETS = {"br": Market(0, has_salespeople=False, options=_BR), "us": Market(1, has_salespeople=True, options=_US)}

_SOURCES = Shares(SOURCES, (source.share for source in SOURCES))
_PRODUCTS = Shares(PRODUCTS, (demand.share for demand in PRODUCTS))
_OFFERS = Shares(OFFERS, (offer.share for offer in OFFERS))
_PLATFORMS = Shares(US_PLATFORMS, (platform[1] for platform in US_PLATFORMS))
_ADS = {
    word: Shares(provider_ads, [ad.share for ad in provider_ads])
    for word in {ad.provider for ad in ADS}
    if (provider_ads := [ad for ad in ADS if ad.provider == word])
}


def year(seed: int, count: int, account_id: str, end_ms: int, market: Market = MIXED) -> Iterator[History]:
    """`count` leads that arrived within the 365 days before `end_ms`, in order of arrival.

    Lead number i depends only on the seed, i, the account, the end and the market. There are no events at `end_ms` or
    later.
    """
    season = Season(end_ms)
    births = sorted((_birth(seed, index, season, market), index) for index in range(count))
    for born_ms, index in births:
        yield _history(seed, index, Story(account_id, f"{seed} {index}", born_ms, end_ms), born_ms, market)


def _is_us(dice: Random, market: Market) -> bool:
    return dice.random() < market.us_share


def _birth(seed: int, index: int, season: Season, market: Market) -> int:
    dice = dice_of(seed, index, "birth")
    return season.draw(dice, US_H if _is_us(dice, market) else BRAZIL_H)


def _history(seed: int, index: int, story: Story, born_ms: int, market: Market) -> History:
    dice = dice_of(seed, index, "story")
    if _is_us(dice_of(seed, index, "birth"), market):
        platform, _, factor = _PLATFORMS.draw(dice)
        submission = Submission(american(dice, index), _OFFERS.draw(dice), platform, factor, born_ms)
        salesperson = (
            _salesperson(dice_of(seed, index, "salesperson"), submission.person) if market.has_salespeople else None
        )
        return story.run(LeadSale(dice, submission, salesperson).events())
    source = _SOURCES.draw(dice)
    ad = _ADS[source.word].draw(dice) if source.word in _ADS else None
    person = brazilian(dice, index)
    arrival = Arrival(story.lead.account_id, person, source, ad, _PRODUCTS.draw(dice), born_ms)
    return story.run(Pursuit(dice, story, arrival).events())


def _salesperson(dice: Random, person: InventedPerson) -> Salesperson:
    office = OFFICE_OF_STATE.get(person.city.state, NEAR_OFFICE)
    return dice.choice([salesperson for salesperson in SALESPEOPLE if salesperson.office == office])
