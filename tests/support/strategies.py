"""Random valid wire bodies for both dialects, made from the dialects' own tables of properties.

A codec, shape or property without a strategy raises `LookupError`, so that no field stays untested.
"""

import string
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from leadloop.api import item_lists, outside_ids, properties, scalars, shapes
from leadloop.api.expad import wire as expad
from leadloop.api.expad.wire import answers as expad_answers
from leadloop.api.expad.wire import shapes as expad_shapes
from leadloop.api.expad.wire import special as expad_special
from leadloop.api.leadsail import wire as leadsail
from leadloop.api.leadsail.wire import shapes as leadsail_shapes
from leadloop.api.leadsail.wire import special as leadsail_special
from leadloop.api.outside_ids import is_outside_id
from leadloop.core.leads.parts import PINNED_NOTE
from leadloop.core.leads.source import SOURCES, TYPE_PREFIX, TYPES

Values = SearchStrategy[Any]
Body = dict[str, Any]

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
TIMES_MS = st.integers(scalars.TIME_MIN_MS, scalars.TIME_MAX_MS)
ZONES = ("America/Sao_Paulo", "Europe/Lisbon", "UTC", "Asia/Kathmandu")


@cache
def texts(shortest: int = 0, longest: int = 12) -> SearchStrategy[str]:
    """Any text that a body may contain, and often one of a few, so that equal texts occur."""
    alphabet = st.characters(
        exclude_categories=["Cs"], exclude_characters=[chr(c) for c in (*range(9), *range(14, 32), 11, 12)]
    )
    usual = ["", " ", "a", "b", "Ana", "ana  SOUZA-lima", "é", "e\u0301", "😀", "a/b~c", "\tx\n", "new", "GOOGLE", "0"]
    fitting = [text for text in usual if shortest <= len(text) <= longest]
    any_text = st.text(alphabet, min_size=shortest, max_size=longest)
    return st.one_of(any_text, st.sampled_from(fitting)) if fitting else any_text


def _emails() -> Values:
    part = st.text(string.ascii_letters + string.digits, min_size=1, max_size=6)
    return st.builds("{}@{}.{}".format, part, part, part)


KEYS = texts(1, 8)
IDS = st.sampled_from(["a", "b", PINNED_NOTE, "wamid.x==", "a|b", "KIT-5.5/KW", "~1", "São Paulo"]) | texts(
    1, 9
).filter(is_outside_id)
CHECKED: dict[scalars.Codec, Values] = {
    expad_answers._KEY: KEYS.filter(is_outside_id) | st.just(""),
    outside_ids.CLEARABLE_ID: IDS | st.just(""),
    outside_ids.OUTSIDE_ID: IDS,
    leadsail_shapes.EMAIL: _emails(),
    leadsail_shapes.DIALLED_PHONE: st.text("0123456789 -().+", min_size=10, max_size=16),
    leadsail_shapes.UPPER_COUNTRY: st.text(string.ascii_uppercase, min_size=2, max_size=2),
    leadsail_shapes.DATE: st.dates().map(str),
    leadsail_shapes.TIMEZONE: st.sampled_from(ZONES),
    leadsail_shapes.URI: texts(1).map(lambda text: "https://x.test/" + "".join(text.split())),
}
"""Texts that a validator of their own checks."""


def texts_of(codec: scalars.Text) -> Values:
    if codec in CHECKED:
        return CHECKED[codec]
    if codec._choices:
        return st.sampled_from(sorted(codec._choices))
    if codec._check:
        raise LookupError(f"give {codec._expected} a strategy")
    return texts(codec._shortest, codec._longest or codec._shortest + 12)


def wholes(codec: scalars.WholeNumber) -> Values:
    number = st.integers(0, 9) | st.integers(codec._least, INT_MAX)
    floating = number.map(lambda n: Decimal(f"{n}.0"))
    return number | floating | number.map(str) if codec._from_text else number | floating


@cache
def money() -> Values:
    micros = st.integers(0, 9).map(lambda n: n * 500_000) | st.integers(-(10**12), 10**12)
    exact = micros.map(lambda n: Decimal(n).scaleb(-6))
    return exact | exact.map(lambda n: f"{n:f}") | st.integers(0, 5)


@cache
def epochs() -> Values:
    """Seconds and milliseconds, as numbers and as text."""
    first_s = scalars.TIME_MIN_MS // 1_000
    times = (
        st.just(0)
        | st.integers(first_s, scalars.SECONDS_BELOW - 1)
        | TIMES_MS.filter(lambda at: at >= 0 or at < -scalars.SECONDS_BELOW)
    )
    return times | times.map(str)


@cache
def instants() -> Values:
    """ISO 8601 in several spellings, and milliseconds."""
    zones: Values = st.just(UTC) | st.integers(-720, 720).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.none() | zones)  # noqa: DTZ001
    iso = moments.map(lambda at: at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    return iso | moments.map(lambda at: at.date().isoformat()) | TIMES_MS


@cache
def json_values(only: tuple[type, ...] = ()) -> Values:
    """Any JSON except null at the top, with fractions as `Decimal`, as the server decodes a body."""
    fractions = st.decimals(allow_nan=False, allow_infinity=False, min_value=-1e18, max_value=1e18)
    numbers = st.integers(INT_MIN, INT_MAX) | fractions | st.sampled_from(ODD_NUMBERS)
    leaves = st.booleans() | st.integers(0, 1) | numbers | texts()
    anything = st.recursive(
        st.none() | leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3),
        max_leaves=4,
    )
    objects = st.dictionaries(texts(), anything, max_size=3)
    return objects | texts() if only else objects | leaves | st.lists(anything, max_size=3)


ODD_NUMBERS = [
    Decimal(text) for text in ("-0.0", "0.1", "1e-7", "5e-324", "-1e-400", "123456789012345678.5", "1e15", "1.0")
]


@st.composite
def _some(
    draw: st.DrawFn,
    names: SearchStrategy[Sequence[str]],
    values: Mapping[str, Values],
    always: Mapping[str, Values],
) -> dict[str, Any]:
    """The `values` that `names` chooses, and all of `always`."""
    chosen = {name: values[name] for name in draw(names)}
    return {name: draw(strategy) for name, strategy in {**always, **chosen}.items()}


def shape_values(shape: shapes.Shape, always: Mapping[str, Values] | None = None) -> Values:
    """Objects with any members of the shape, including nulls and server-only members."""
    optional = {name: st.none() | codec_values(codec) for name, (_, codec) in shape.members.items()}
    optional |= {name: st.none() | texts() for name in shape.owned}
    always = always or {}
    names = st.sets(st.sampled_from(sorted(optional)), max_size=5).map(lambda chosen: sorted(chosen - always.keys()))
    return _some(names, optional, always)


@cache
def codec_values(codec: scalars.Codec) -> Values:
    """Every value that `codec` accepts, except null."""
    for kind, values in _BY_TYPE.items():
        if isinstance(codec, kind):
            return values(codec)
    raise LookupError(f"give {type(codec).__name__} a strategy")


_BY_TYPE: dict[type[scalars.Codec], Callable[[Any], Values]] = {
    scalars.Text: texts_of,
    scalars.Flag: lambda _: st.booleans(),
    scalars.WholeNumber: wholes,
    scalars.Millionths: lambda _: money(),
    scalars.Epoch: lambda _: epochs(),
    scalars.Instant: lambda _: instants(),
    scalars.AnyJson: lambda codec: json_values(codec._only),
    expad_shapes.PlainText: lambda _: texts() | st.dictionaries(texts(), st.integers(0, 9), max_size=2),
    expad_answers.AnswerText: lambda _: texts(),
    shapes.Shape: shape_values,
    shapes.ListOf: lambda codec: st.lists(codec_values(codec.codec), max_size=3),
}


def items(prop: item_lists.ItemList, identified: bool) -> Values:
    """Items with the members that a new item requires; `identified` items always have their key."""
    if isinstance(prop, expad_answers.AnswerList):
        by_name = shape_values(prop._shape, {"name": KEYS})
        return st.lists(by_name | shape_values(prop._shape, {"id": KEYS.filter(is_outside_id)}), max_size=3)
    always: dict[str, Values] = {"id": IDS} if identified else {}
    if isinstance(prop, leadsail_special.Questionnaire):
        always = {"key": KEYS}
    elif isinstance(prop, leadsail_special.Notes):
        always["text"] = texts(1)
    return st.lists(shape_values(prop._shape, always), max_size=3)


def maps(prop: properties.MergedMap) -> Values:
    named = {key: st.none() | codec_values(codec) for key, codec in prop._codecs.items()}
    others = st.dictionaries(KEYS, st.none() | codec_values(prop._codec), max_size=3)
    return st.builds(lambda a, b: {**a, **b}, others, st.fixed_dictionaries({}, optional=named))


def clicks() -> Values:
    part = shape_values(leadsail_special.Clicks._PART._shape)
    with_params = st.builds(lambda a, params: {**a, "params": params}, part, maps(leadsail_special.Clicks._PARAMS))
    return part | with_params


def any_case(words: frozenset[str]) -> Values:
    exact = st.sampled_from(sorted(words))
    return exact | exact.map(str.lower)


def campaign_ids() -> Values:
    flags = {name: st.booleans() for name in expad_special.CampaignIds._HAS}
    return st.fixed_dictionaries({}, optional={"ctwaClid": st.none() | texts(), **flags})


def message(prop: expad_special.LastMessage, identified: bool) -> Values:
    return shape_values(prop._shape, {"id": IDS} if identified else None)


_SPECIAL: dict[type[properties.Property], Callable[[Any, bool], Values]] = {
    item_lists.ItemList: items,
    leadsail_special.Clicks: lambda prop, _: clicks(),
    properties.MergedPart: lambda prop, _: shape_values(prop._shape),
    properties.MergedMap: lambda prop, _: maps(prop),
    properties.ServerField: lambda prop, _: texts() | st.integers(0, 9),
    expad_special.AddressLine: lambda prop, _: texts(),
    expad_special.NoteText: lambda prop, _: texts(),
    expad_special.StageName: lambda prop, _: any_case(frozenset(["NEW", "ACTIVE", "COMPLETE", "LOST"])) | texts(),
    expad_special.SourceName: lambda prop, _: any_case(SOURCES) | texts(),
    expad_special.TypeName: lambda prop, _: any_case(TYPES | {TYPE_PREFIX + word for word in TYPES}) | texts(),
    expad_special.DeletionMark: lambda prop, _: st.booleans(),
    expad_special.CampaignIds: lambda prop, _: campaign_ids(),
    expad_special.TagSet: lambda prop, _: st.lists(shape_values(prop._shape), max_size=3),
    expad_special.LastMessage: message,
    leadsail_special.TagNames: lambda prop, _: st.lists(texts(1), max_size=3),
    leadsail_special.Status: lambda prop, _: st.sampled_from(leadsail_shapes.STATUSES),
    leadsail_special.Reposts: lambda prop, _: codec_values(prop._items),
    leadsail_special.RemovedAnswers: lambda prop, _: st.lists(KEYS, max_size=3),
}


@cache
def property_values(prop: properties.Property, identified: bool = False) -> Values:
    """Every value that a property accepts, including null unless its dialect refuses that."""
    codec = getattr(prop, "_codec", None)
    if isinstance(prop, properties.StoredField | properties.PartMember | properties.MapEntry) and codec is not None:
        nullable = getattr(prop, "_nullable", True)
        return st.none() | codec_values(codec) if nullable else codec_values(codec)
    for kind, values in _SPECIAL.items():
        if isinstance(prop, kind):
            return st.none() | values(prop, identified)
    raise LookupError(f"give {type(prop).__name__} a strategy")


RELATED: tuple[set[str], ...] = (
    {"source", "customLeadSourceId"},
    {"type", "customLeadTypeId"},
    {"conversionSteps", "conversionStepTimestamps"},
    {"name", "email", "phoneNumber"},
    {"status", "markedForDeletion"},
    {"fields"},
    {"tags"},
    {"leadCart", "saleValue"},
    {"activities", "lastMessage"},
    {"firstName", "lastName"},
    {"notes", "questionnaire"},
    {"questionnaire", "deleteQuestionnaireKeys"},
    {"attribution", "address"},
)
"""Properties that affect each other, or are error-prone: random bodies have them together more often."""


def bodies(
    table: Mapping[str, properties.Property], *, identified: bool = False, most: int = 6
) -> SearchStrategy[Body]:
    """Some properties of `table` with random values."""
    values = {name: property_values(prop, identified) for name, prop in table.items()}
    names = st.lists(st.sampled_from(list(table)), unique=True, min_size=1, max_size=most)
    related = [sorted(group) for group in RELATED if group <= table.keys()]
    return _some(names | st.sampled_from(related).flatmap(st.permutations), values, {})


EXPAD = expad.properties()
LEADSAIL = leadsail.PROPERTIES


@cache
def new_bodies(dialect: str) -> SearchStrategy[Body]:
    """Bodies that create a lead."""
    if dialect == "expad":
        named = texts(1).filter(lambda text: any(map(str.isalnum, text)))
        return st.builds(lambda body, name: {**body, "name": name}, bodies(EXPAD), named)
    needed = {name: property_values(leadsail.NEW_LEAD[name]) for name in leadsail.REQUIRED if name != "campaignId"}
    names = {name: texts(1).filter(str.strip) for name in ("firstName", "lastName")}
    campaign = st.fixed_dictionaries({**needed, **names, "campaignId": texts(1)})
    return st.builds(lambda body, needs: {**body, **needs}, bodies(leadsail.NEW_LEAD), campaign)
