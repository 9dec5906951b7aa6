"""Words of the dashboard: what changes of a lead, its fields and its values are called in each language. Pure.

No text has a JSON pointer, a version or an identifier in it. Texts from leads are put in as they are: templates escape
them.
"""

from leadloop.web.words.describe import ChangeText, describe
from leadloop.web.words.fields import ChangedField
from leadloop.web.words.language import Words, noun_of
from leadloop.web.words.reasons import why
from leadloop.web.words.show import names_of, show_stage, show_value


def label_of(field: str, language: str) -> str:
    """The label of a field of the stored lead: an attribute (`phone`) or a JSON pointer (`/address/city`)."""
    return noun_of(names_of(field), language).label


__all__ = ["ChangeText", "ChangedField", "Words", "describe", "label_of", "show_stage", "show_value", "why"]
