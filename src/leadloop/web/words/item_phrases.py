"""Phrases about messages, notes, tasks, steps, tags and answers."""

from collections.abc import Iterator, Mapping
from typing import Any

from leadloop.core.leads.status import stage_key
from leadloop.web.words import names
from leadloop.web.words.fields import ReadField, answer_label
from leadloop.web.words.language import Words, noun_of, quote, snake_case
from leadloop.web.words.part_labels import N_, ngettext
from leadloop.web.words.phrases import ReadChange, VerbPhrase, person_name
from leadloop.web.words.scalars import show_money, show_time
from leadloop.web.words.show import show, show_reference


def item_phrases(change: ReadChange) -> Iterator[VerbPhrase]:
    for builder in (_steps, _messages, _tasks, _cart, _notes, _tags, _answers, _flags):
        yield from builder(change)


def _messages(change: ReadChange) -> Iterator[VerbPhrase]:
    fields, words = change.under("messages"), change.words
    if not fields:
        return
    _, attributes = words.gettext, frozenset({"messages", "last_message"})
    message = fields[0].after
    if not isinstance(message, dict) or fields[0].before is not None:
        yield VerbPhrase(_("corrected a message"), "message-circle", attributes)
        return
    channel = names.MESSAGE_CHANNELS.get(str(message.get("through") or "").upper())
    way = words.gettext(channel) if channel else ""
    is_from_lead = str(message.get("sender") or "lead").upper() == "LEAD"
    if is_from_lead:
        text = _("received a message by %(way)s", way=way) if way else _("received a message")
    else:
        text = _("sent a message by %(way)s", way=way) if way else _("sent a message")
    yield VerbPhrase(text, "message-circle", attributes)


def _notes(change: ReadChange) -> Iterator[VerbPhrase]:
    fields, words, attributes = change.under("notes"), change.words, frozenset({"notes"})
    added = [field for field in fields if field.before is None]
    removed = [field for field in fields if field.after is None]
    edited = len(fields) - len(added) - len(removed)
    if added:
        text = words.ngettext("wrote a note", "wrote %(number)d notes", len(added))
    elif removed:
        text = words.ngettext("removed a note", "removed %(number)d notes", len(removed))
    elif edited:
        text = words.ngettext("edited a note", "edited %(number)d notes", edited)
    else:
        return
    yield VerbPhrase(text, "file-text", attributes)


def _tasks(change: ReadChange) -> Iterator[VerbPhrase]:
    """One phrase for each of up to two tasks; more are counted."""
    fields, words = change.under("activities"), change.words
    added = [field for field in fields if field.before is None]
    finished = [field for field in fields if _finished(field)]
    if 0 < len(fields) <= _MOST_TASKS:
        steps = {"steps"} if _tasks_say_it(_done_steps(change)) else set()
        for field in sorted(fields, key=lambda field: not _finished(field)):
            yield VerbPhrase(_task(field, words), "list-todo", frozenset({field.place, *steps}))
        return
    if not fields:
        return
    if len(added) == len(fields):
        text = words.ngettext(*_ADDED, len(fields))
    elif len(finished) == len(fields):
        text = words.ngettext("finished a task", "finished %(number)d tasks", len(fields))
    else:
        text = words.ngettext("changed a task", "changed %(number)d tasks", len(fields))
    yield VerbPhrase(text, "list-todo", frozenset({"activities"}))


_MOST_TASKS = 2
_ADDED = ngettext("added a task", "added %(number)d tasks")


def _task(field: ReadField, words: Words) -> str:
    if field.before is None:
        return _added_task(field, words)
    if _finished(field):
        return words.gettext("finished %(task)s", task=_title(field.after, words))
    return _changed_task(field, words)


def _finished(field: ReadField) -> bool:
    return field.before is not None and _is_complete(field.after) and not _is_complete(field.before)


def _is_complete(item: Any) -> bool:
    return isinstance(item, dict) and bool(item.get("is_complete"))


def _title(item: Any, words: Words) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return quote(str(name)) if name else words.gettext("a task")


def _added_task(field: ReadField, words: Words) -> str:
    item, _ = field.after, words.gettext
    title, due = _title(item, words), item.get("due_at_ms") if isinstance(item, dict) else None
    if _is_complete(item):
        return (
            _("added the task %(task)s (already done)", task=title)
            if item.get("name")
            else _("recorded a task that is done")
        )
    if due is None:
        return _("added the task %(task)s", task=title) if item.get("name") else words.ngettext(*_ADDED, 1)
    return _("scheduled %(task)s for %(time)s", task=title, time=show_time(due, words))


def _changed_task(field: ReadField, words: Words) -> str:
    before, after, _ = field.before, field.after, words.gettext
    if after is None:
        return _("removed %(task)s", task=_title(before, words))
    title = _title(after, words)
    if _is_complete(before) and not _is_complete(after):
        return _("reopened %(task)s", task=title)
    old, new = before.get("due_at_ms"), after.get("due_at_ms")
    if new is not None and old != new:
        time = show_time(new, words)
        if old is None:
            return _("scheduled %(task)s for %(time)s", task=title, time=time)
        later = _("put %(task)s off to %(time)s", task=title, time=time)
        return later if new > old else _("brought %(task)s forward to %(time)s", task=title, time=time)
    if before.get("owner") != after.get("owner") and after.get("owner"):
        person = person_name(after["owner"], words)
        return _("handed %(task)s to %(person)s", task=title, person=person)
    return _("changed %(task)s", task=title)


_STEPS = {
    "contacted": (N_("made the first contact"), "phone"),
    "visit_scheduled": (N_("scheduled the visit"), "calendar"),
    "visited": (N_("made the visit"), "house"),
    "proposal_sent": (N_("sent the proposal"), "send"),
    "sale": (N_("made the sale"), "circle-check"),
    "paid": (N_("confirmed the payment"), "circle-check"),
}
"""Steps in the order in which they are taken."""


def _steps(change: ReadChange) -> Iterator[VerbPhrase]:
    fields, words, _ = change.under("steps"), change.words, change.words.gettext
    if (stage := change.by_attribute.get("stage")) and stage_key(str(stage.after)) == "COMPLETE":
        fields = [field for field in fields if field.key != "sale"]
    if not fields:
        return
    attributes = frozenset({"steps", "step_times_ms"})
    done = _done_steps(change)
    if done and len(done) >= len(fields):
        if _tasks_say_it(done) and 0 < len(change.under("activities")) <= _MOST_TASKS:
            return
        text, icon = _STEPS[done[-1]]
        yield VerbPhrase(_(text), icon, attributes)
    elif len(fields) > 1:
        text = words.ngettext("marked a step", "marked %(number)d steps", len(fields))
        yield VerbPhrase(text, "check", attributes)
    else:
        step = noun_of(fields[0].names, words.language).noun
        text = (
            _("marked %(step)s as done", step=step) if fields[0].after else _("marked %(step)s as not done", step=step)
        )
        yield VerbPhrase(text, "check", attributes)


def _done_steps(change: ReadChange) -> list[str]:
    """The steps that the change marks as done, in the order of a sale."""
    done = {snake_case(field.key) for field in change.under("steps") if field.after is True}
    return [step for step in _STEPS if step in done]


def _tasks_say_it(done: list[str]) -> bool:
    return done[-1:] in (["visit_scheduled"], ["visited"])


def _cart(change: ReadChange) -> Iterator[VerbPhrase]:
    field, words, _ = change.by_attribute.get("cart"), change.words, change.words.gettext
    if field is None:
        return
    attributes, total = frozenset({"cart"}), field.after.get("value_micros") if isinstance(field.after, dict) else None
    if field.after is None:
        yield VerbPhrase(_("emptied the cart"), "list-todo", attributes)
    elif total is None:
        yield VerbPhrase(_("changed the cart"), "list-todo", attributes)
    else:
        value = show_money(total, words)
        first = _("put %(value)s in the cart", value=value)
        text = first if field.before is None else _("changed the cart, now %(value)s", value=value)
        yield VerbPhrase(text, "list-todo", attributes)


def _tags(change: ReadChange) -> Iterator[VerbPhrase]:
    field, words, _ = change.by_attribute.get("tags"), change.words, change.words.gettext
    if field is None:
        return
    before, after = _by_key(field.before), _by_key(field.after)
    added = [quote(show_reference(tag, words)) for key, tag in after.items() if key not in before]
    removed = [quote(show_reference(tag, words)) for key, tag in before.items() if key not in after]
    attributes = frozenset({"tags"})
    if added and not removed:
        tags = _few(added, words)
        text = words.ngettext("added the tag %(tags)s", "added the tags %(tags)s", len(added), tags=tags)
        yield VerbPhrase(text, "tag", attributes)
    elif removed and not added:
        text = words.ngettext(
            "removed the tag %(tags)s", "removed the tags %(tags)s", len(removed), tags=_few(removed, words)
        )
        yield VerbPhrase(text, "tag", attributes)
    elif added:
        text = _("replaced the tags %(before)s by %(after)s", before=_few(removed, words), after=_few(added, words))
        yield VerbPhrase(text, "tag", attributes)
    else:
        yield VerbPhrase(_("changed the tags"), "tag", attributes)


def _by_key(tags: Any) -> dict[str, Mapping[str, Any]]:
    items = tags if isinstance(tags, list) else []
    return {str(tag.get("id") or tag.get("name")): tag for tag in items if isinstance(tag, dict)}


def _few(texts: list[str], words: Words) -> str:
    """At most three, and how many more."""
    if len(texts) <= 3:
        return words.join(texts)
    more = words.ngettext("%(number)d more", "%(number)d more", len(texts) - 2)
    return words.join([*texts[:2], more])


def _answers(change: ReadChange) -> Iterator[VerbPhrase]:
    fields, words = change.under("answers"), change.words
    recorded = [field for field in fields if field.after is not None]
    attributes = frozenset({"answers"})
    if len(fields) == 1 and recorded:
        field = recorded[0]
        question = quote(answer_label(field))
        answer = quote(show(field.names, field.after, words))
        text = words.gettext("recorded the answer to %(question)s: %(answer)s", question=question, answer=answer)
        yield VerbPhrase(text, "message-circle", attributes)
    elif recorded:
        yield VerbPhrase(
            words.ngettext("recorded an answer", "recorded %(number)d answers", len(recorded)), "file-text", attributes
        )
    elif fields:
        yield VerbPhrase(
            words.ngettext("removed an answer", "removed %(number)d answers", len(fields)), "file-text", attributes
        )


_FLAGS = {
    "isTest": (N_("marked the lead as a test"), N_("marked it as a test")),
    "isDuplicate": (N_("marked the lead as a duplicate"), N_("marked it as a duplicate")),
    "isImported": (N_("marked the lead as imported"), N_("marked it as imported")),
    "isDnc": (N_("recorded that the lead wants no contact"), N_("recorded the wish for no contact")),
}


def _flags(change: ReadChange) -> Iterator[VerbPhrase]:
    fields, _ = change.under("flags"), change.words.gettext
    if len(fields) != 1:
        return
    field, attributes = fields[0], frozenset({"flags"})
    if field.after is True and field.key in _FLAGS:
        text, later = _FLAGS[field.key]
        yield VerbPhrase(_(text), "tag", attributes, _(later))
    elif field.after is True:
        yield VerbPhrase(
            _("marked the lead with %(mark)s", mark=noun_of(field.names, change.words.language).noun), "tag", attributes
        )
    elif field.before is True:
        yield VerbPhrase(
            _("removed %(field)s", field=noun_of(field.names, change.words.language).noun), "tag", attributes
        )
