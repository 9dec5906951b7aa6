"""Phrases about the lead as a whole: created, moved, assigned, deleted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from leadloop.core.leads.status import stage_key
from leadloop.web.words import names
from leadloop.web.words.fields import ReadField
from leadloop.web.words.language import Words, one_line, quote
from leadloop.web.words.part_labels import N_
from leadloop.web.words.scalars import show_money
from leadloop.web.words.show import show_reference, show_stage


class VerbPhrase(NamedTuple):
    """A verb with its object, for after the actor's name."""

    text: str
    icon: str
    attributes: frozenset[str] = frozenset()
    """Whose changes it covers; `activities/<id>` is one item's."""
    later: str = ""
    """The text as a second phrase, for after one that has named the lead."""

    @property
    def names_lead(self) -> bool:
        return self.later not in ("", self.text)


class ReadChange(NamedTuple):
    fields: Sequence[ReadField]
    by_attribute: Mapping[str, ReadField]
    """The fields that are attributes of the lead, as a whole."""
    members: Mapping[str, Sequence[ReadField]]
    """By attribute: its members, keys or items that changed."""
    words: Words
    is_first: bool
    """Whether it created the lead."""
    salesperson_id: str | None
    """The actor's, if leads are assigned to the actor."""

    def under(self, attribute: str) -> Sequence[ReadField]:
        return self.members.get(attribute, ())


def lead_phrases(change: ReadChange) -> Iterator[VerbPhrase]:
    for builder in (_created, _deleted, _staged, _with_status, _assigned):
        yield from builder(change)


_ORIGINS = {
    "GOOGLE": N_("from Google"),
    "FACEBOOK": N_("from Facebook"),
    "INSTAGRAM": N_("from Instagram"),
    "WHATSAPP": N_("from WhatsApp"),
    "TIKTOK": N_("from TikTok"),
    "BING": N_("from Bing"),
    "TABOOLA": N_("from Taboola"),
    "WEBSITE": N_("from the website"),
    "PHONE": N_("from a phone call"),
    "EMAIL": N_("from an e-mail"),
    "ORGANIC": N_("from an organic search"),
    "REFERRAL": N_("from a referral"),
    "DIRECT": N_("from a direct visit"),
    "API": N_("through the API"),
    "IMPORT": N_("by an import"),
    "MANUAL": N_("by hand"),
}


_NOT_OF_CREATION = {"deleted_at_ms", "loss_reason", "messages", "owner", "sale_value_micros", "stage", "status"}
"""What a lead that is just created can still do."""


def _created(change: ReadChange) -> Iterator[VerbPhrase]:
    if not change.is_first:
        return
    _, source = change.words.gettext, change.by_attribute.get("source")
    custom = change.by_attribute.get("custom_source_name")
    platform = next((f.after for f in change.under("attribution") if f.key == "ad_platform"), None)
    word = str(source.after if source else platform or "").upper()
    attributes = frozenset(field.attribute for field in change.fields) - _NOT_OF_CREATION
    if word == "CUSTOM" and custom and custom.after:
        text = _("created the lead from %(source)s", source=quote(str(custom.after)))
    elif word in _ORIGINS:
        text = _("created the lead %(origin)s", origin=_(_ORIGINS[word]))
    else:
        text = _("created the lead")
    yield VerbPhrase(text, "user-plus", attributes, _("created it"))


def _deleted(change: ReadChange) -> Iterator[VerbPhrase]:
    field, _ = change.by_attribute.get("deleted_at_ms"), change.words.gettext
    if field is None or (field.before is not None) == (field.after is not None):
        return
    if field.after is not None:
        yield VerbPhrase(_("deleted the lead"), "trash-2", frozenset({"deleted_at_ms"}), _("deleted it"))
    else:
        yield VerbPhrase(_("restored the lead"), "undo-2", frozenset({"deleted_at_ms"}), _("restored it"))


def _staged(change: ReadChange) -> Iterator[VerbPhrase]:
    field = change.by_attribute.get("stage")
    if field is None or field.is_noise:
        return
    stage = stage_key(str(field.after))
    was_closed = stage_key(str(field.before)) in ("COMPLETE", "LOST")
    if stage == "COMPLETE":
        yield _won(change)
    elif stage == "LOST":
        yield _lost(change)
    else:
        yield _moved(field, was_closed, change.words)


def _won(change: ReadChange) -> VerbPhrase:
    _, sale = change.words.gettext, change.by_attribute.get("sale_value_micros")
    attributes = frozenset({"stage", "status", "sale_value_micros", "steps/sale"})
    if sale is None or not sale.after:
        return _with_detail(VerbPhrase(_("won the lead"), "circle-check", attributes, _("won it")), change)
    value = show_money(sale.after, change.words)
    text, later = (
        _("won the lead with a sale of %(value)s", value=value),
        _("won it with a sale of %(value)s", value=value),
    )
    return VerbPhrase(text, "circle-check", attributes, later)


def _lost(change: ReadChange) -> VerbPhrase:
    _, attributes = change.words.gettext, frozenset({"stage", "status", "loss_reason"})
    status, reason = change.by_attribute.get("status"), change.by_attribute.get("loss_reason")
    if status and not status.is_noise and (phrase := _status_phrase(status, change)):
        return phrase._replace(icon="x", attributes=phrase.attributes | {"stage"})
    if reason is not None and reason.after:
        because = quote(show_reference(reason.after, change.words))
        text = _("marked the lead as lost because of %(reason)s", reason=because)
        return VerbPhrase(text, "x", attributes, _("marked it as lost because of %(reason)s", reason=because))
    text, later = _("marked the lead as lost"), _("marked it as lost")
    phrase = VerbPhrase(text, "x", attributes - {"loss_reason"}, later)
    return _with_detail(phrase, change)


def _moved(field: ReadField, was_closed: bool, words: Words) -> VerbPhrase:
    before, after = (_stage_in_sentence(value, words) for value in (field.before, field.after))
    _, attributes = words.gettext, frozenset({"stage"})
    if was_closed:
        text = _("reopened the lead from %(before)s to %(after)s", before=before, after=after)
        return VerbPhrase(
            text, "undo-2", attributes, _("reopened it from %(before)s to %(after)s", before=before, after=after)
        )
    text = _("moved the lead from %(before)s to %(after)s", before=before, after=after)
    return VerbPhrase(
        text, "arrow-right", attributes, _("moved it from %(before)s to %(after)s", before=before, after=after)
    )


def _stage_in_sentence(value: object, words: Words) -> str:
    shown = show_stage(value, words)
    return shown if stage_key(str(value)) in names.STAGES else quote(shown)


_STATUSES = {
    "qualified": (N_("qualified the lead"), N_("qualified it"), "check"),
    "processing": (N_("started to process the lead"), N_("started to process it"), "refresh-cw"),
    "missing_data": (N_("noted that data of the lead is missing"), N_("noted that data is missing"), "circle-alert"),
    "queued": (N_("put the lead in the queue"), N_("put it in the queue"), "clock"),
    "no_answer": (N_("called without an answer"), N_("called without an answer"), "phone"),
    "voicemail": (N_("reached only the voicemail"), N_("reached only the voicemail"), "phone"),
    "contacted": (N_("talked with the lead"), N_("talked with the lead"), "phone"),
    "scheduled_callback": (N_("scheduled a callback"), N_("scheduled a callback"), "calendar"),
    "document_sent": (N_("sent a document"), N_("sent a document"), "send"),
    "signed": (N_("recorded the signature"), N_("recorded the signature"), "file-text"),
    "delivered": (N_("delivered the lead to the partner"), N_("delivered it to the partner"), "send"),
    "failed": (N_("could not deliver the lead"), N_("could not deliver it"), "triangle-alert"),
    "rejected": (N_("refused the lead"), N_("refused it"), "x"),
    "disqualified": (N_("disqualified the lead"), N_("disqualified it"), "x"),
    "no_contact": (N_("closed the lead without contact"), N_("closed it without contact"), "x"),
    "duplicate": (N_("marked the lead as a duplicate"), N_("marked it as a duplicate"), "copy"),
    "dnc": (N_("recorded that the lead wants no contact"), N_("recorded the wish for no contact"), "x"),
}
"""As a first phrase, as a second one, and the icon."""


def _with_status(change: ReadChange) -> Iterator[VerbPhrase]:
    """A status that says more than the stage does."""
    field, stage = change.by_attribute.get("status"), change.by_attribute.get("stage")
    if field is None or field.is_noise:
        return
    if stage is not None and stage_key(str(stage.after)) in ("COMPLETE", "LOST"):
        return
    if phrase := _status_phrase(field, change):
        yield phrase


def _status_phrase(field: ReadField, change: ReadChange) -> VerbPhrase | None:
    if field.after not in _STATUSES:
        return None
    text, later, icon = _STATUSES[field.after]
    _ = change.words.gettext
    return _with_detail(VerbPhrase(_(text), icon, frozenset({"status"}), _(later)), change)


def _with_detail(phrase: VerbPhrase, change: ReadChange) -> VerbPhrase:
    """With the detail of the status in parentheses."""
    detail = change.by_attribute.get("detail")
    if detail is None or not isinstance(detail.after, str) or not detail.after.strip():
        return phrase
    status = change.by_attribute.get("status")
    prefix = f"{status.after}: " if status else ""
    extra = f" ({quote(detail.after.removeprefix(prefix))})"
    attributes = phrase.attributes | {"detail"}
    return VerbPhrase(phrase.text + extra, phrase.icon, attributes, phrase.later + extra)


def _assigned(change: ReadChange) -> Iterator[VerbPhrase]:
    field, _, attributes = change.by_attribute.get("owner"), change.words.gettext, frozenset({"owner"})
    if field is None:
        return
    before, after = (person_name(value, change.words) for value in (field.before, field.after))
    if field.after is None and field.before is None:
        text = _("found nobody to assign the lead to")
        yield VerbPhrase(text, "users", attributes, _("found nobody to assign it to"))
    elif field.after is None:
        text, later = (
            _("took the lead away from %(person)s", person=before),
            _("took it away from %(person)s", person=before),
        )
        yield VerbPhrase(text, "user", attributes, later)
    elif field.reason is not None:
        text = _("assigned the lead to %(person)s automatically", person=after)
        yield VerbPhrase(text, "users", attributes, _("assigned it to %(person)s automatically", person=after))
    elif change.salesperson_id is not None and field.after.get("id") == change.salesperson_id:
        yield from _taken_over(field, before, change)
    elif field.before is None or before == after:
        text = _("assigned the lead to %(person)s", person=after)
        yield VerbPhrase(text, "user", attributes, _("assigned it to %(person)s", person=after))
    else:
        text = _("handed the lead over from %(before)s to %(after)s", before=before, after=after)
        later = _("handed it over from %(before)s to %(after)s", before=before, after=after)
        yield VerbPhrase(text, "users", attributes, later)


def _taken_over(field: ReadField, before: str, change: ReadChange) -> Iterator[VerbPhrase]:
    _, attributes = change.words.gettext, frozenset({"owner"})
    if field.before is None:
        yield VerbPhrase(_("took the lead on"), "user", attributes, _("took it on"))
    else:
        text = _("took the lead over from %(person)s", person=before)
        yield VerbPhrase(text, "user", attributes, _("took it over from %(person)s", person=before))


def person_name(value: object, words: Words) -> str:
    """For a sentence."""
    has_name = isinstance(value, dict) and any(value.get(member) for member in ("name", "email", "phone"))
    return one_line(show_reference(value, words)) if has_name else words.gettext("somebody without a name")
