"""A year of leads of one account, each with its whole history.

The result depends only on the arguments, and a lead is the same for a larger `count`.
"""

from collections.abc import Iterator
from random import Random

from leadloop.core.writes.unit import History
from leadloop.demo.arrivals import Arrival
from leadloop.demo.campaigns import ADS, OFFERS, PRODUCTS, SOURCES, US_PLATFORMS
from leadloop.demo.chance import Shares, dice_of
from leadloop.demo.partners import LeadSale, Submission
from leadloop.demo.people import american, brazilian
from leadloop.demo.pursuit import Pursuit
from leadloop.demo.season import BRAZIL_H, US_H, Season
from leadloop.demo.story import Story

US_SHARE = 0.22

_SOURCES = Shares(SOURCES, (source.share for source in SOURCES))
_PRODUCTS = Shares(PRODUCTS, (demand.share for demand in PRODUCTS))
_OFFERS = Shares(OFFERS, (offer.share for offer in OFFERS))
_PLATFORMS = Shares(US_PLATFORMS, (platform[1] for platform in US_PLATFORMS))
_ADS = {
    word: Shares(provider_ads, [ad.share for ad in provider_ads])
    for word in {ad.provider for ad in ADS}
    if (provider_ads := [ad for ad in ADS if ad.provider == word])
}


def year(seed: int, count: int, account_id: str, end_ms: int) -> Iterator[History]:
    """`count` leads that arrived within the 365 days before `end_ms`, in order of arrival.

    Lead number i depends only on the seed, i, the account and the end. There are no events at `end_ms` or later.
    """
    season = Season(end_ms)
    births = sorted((_birth(seed, index, season), index) for index in range(count))
    for born_ms, index in births:
        yield _history(seed, index, Story(account_id, f"{seed} {index}", born_ms, end_ms), born_ms)


def _is_us(dice: Random) -> bool:
    return dice.random() < US_SHARE


def _birth(seed: int, index: int, season: Season) -> int:
    dice = dice_of(seed, index, "birth")
    return season.draw(dice, US_H if _is_us(dice) else BRAZIL_H)


def _history(seed: int, index: int, story: Story, born_ms: int) -> History:
    dice = dice_of(seed, index, "story")
    if _is_us(dice_of(seed, index, "birth")):
        platform, _, factor = _PLATFORMS.draw(dice)
        submission = Submission(american(dice, index), _OFFERS.draw(dice), platform, factor, born_ms)
        return story.run(LeadSale(dice, submission).events())
    source = _SOURCES.draw(dice)
    ad = _ADS[source.word].draw(dice) if source.word in _ADS else None
    person = brazilian(dice, index)
    arrival = Arrival(story.lead.account_id, person, source, ad, _PRODUCTS.draw(dice), born_ms)
    return story.run(Pursuit(dice, story, arrival).events())
