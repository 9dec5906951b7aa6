"""The reasons that leadloop writes in change records, in words."""

import re

from leadloop.core.catalogue.assignment import REASON
from leadloop.core.ids import ID
from leadloop.web.words.language import Words, quote
from leadloop.web.words.part_labels import N_

_ROUND_ROBIN = re.compile(r"round robin of (?P<where>.*), (?P<turn>\d+)(?: of (?P<cap>\d+))? today", re.DOTALL)
_FULL = re.compile(r"every user of (?P<where>.*) has had the day's leads", re.DOTALL)
_NOBODY = re.compile(r"no user of (?P<where>.*) takes leads", re.DOTALL)
_PLACES = {
    "unit": N_("in the unit %(name)s"),
    "department": N_("in the department %(name)s"),
    "interest": N_("for the interest %(name)s"),
}


def why(reason: str, words: Words) -> str:
    """Why leadloop chose a value, as a sentence without a full stop: `FieldChange.reason`."""
    prefix, _, text = reason.partition(": ")
    if prefix != REASON:
        return reason
    if match := _ROUND_ROBIN.fullmatch(text):
        return _round_robin(match, words)
    _ = words.gettext
    if match := _FULL.fullmatch(text):
        return _("Nobody %(where)s can take more leads today", where=_where(match["where"], words))
    if match := _NOBODY.fullmatch(text):
        return _("Nobody %(where)s takes leads", where=_where(match["where"], words))
    return text


def _round_robin(match: re.Match[str], words: Words) -> str:
    _ = words.gettext
    where, turn = _where(match["where"], words), match["turn"]
    if match["cap"] is None:
        return _("Round robin %(where)s: lead number %(turn)s today", where=where, turn=turn)
    return _(
        "Round robin %(where)s: lead %(turn)s of at most %(most)s today", where=where, turn=turn, most=match["cap"]
    )


def _where(text: str, words: Words) -> str:
    place, _, name = text.partition(" ")
    if place in _PLACES:
        name = words.gettext("without a name") if ID.fullmatch(name) else name
        return words.gettext(_PLACES[place], name=quote(name))
    return words.gettext("in the account")
