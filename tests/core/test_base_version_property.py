"""Writing from a base version never changes what the client did not change, and never reverts another client's change.

Random leads; on each, another client's random writes since the base, and a write made from what the base showed.
"""

from hypothesis import assume, given
from hypothesis import strategies as st

from leadloop.api.views import at
from leadloop.core.errors import Conflict
from leadloop.core.leads.merge import same
from leadloop.core.leads.model import Lead
from leadloop.core.writes.use_cases import WriteResult
from tests.core.desk import DIALECTS, Desk, Dialect
from tests.core.histories import HISTORIES, PATCHES, History, Step, desk_with
from tests.core.test_patch_touches_only_what_it_names import allowed, looks
from tests.core.test_patches_commute import two_patches
from tests.support.examples import examples
from tests.support.strategies import EXPAD, LEADSAIL, Body, bodies

THEIRS: st.SearchStrategy[list[Step]] = st.lists(PATCHES, min_size=1, max_size=3)
MINE = st.tuples(st.just("expad"), bodies(EXPAD, identified=True, most=4)) | st.tuples(
    st.just("leadsail"), bodies(LEADSAIL, identified=True, most=4)
)
DERIVED = {
    "/duplicate": {"email", "phoneNumber"},
    "/customLeadSourceId": {"source"},
    "/customLeadTypeId": {"type"},
    "/conversionStepTimestamps": {"conversionSteps"},
    "/lastMessage": {"lastMessage"},
}
"""Shown fields that derive from sent ones, by the first part of the pointer. A message is added to the others."""


class Race:
    """A lead at its base, the lead after another client's writes, and the patch of a client that knows only the
    base."""

    def __init__(self, history: History, theirs: list[Step]) -> None:
        self.desk = desk_with(history)
        self.base = self.desk.present
        for name, body in theirs:
            self.desk.patch(DIALECTS[name], body)
        self.now = self.desk.present

    def write(self, dialect: Dialect, body: Body) -> WriteResult | Conflict:
        try:
            return self.desk.patch(dialect, body, self.base.version)
        except Conflict as error:
            assert self.desk.present == self.now, "nothing is written"
            return error

    def moved(self, dialect: Dialect, name: str, left: Lead, right: Lead) -> bool:
        """Whether the dialect shows a difference at a pointer."""
        return not same(at(dialect.show(left), name), at(dialect.show(right), name))


@examples(100)
@given(history=HISTORIES, theirs=THEIRS, name=st.sampled_from(sorted(DIALECTS)))
def test_what_was_read_and_is_sent_back_whole_changes_nothing(history: History, theirs: list[Step], name: str) -> None:
    race = Race(history, theirs)
    written = race.write(DIALECTS[name], DIALECTS[name].show(race.base))
    assert isinstance(written, WriteResult) and written.change is None, written
    assert race.desk.present == race.now


@examples(80)
@given(history=HISTORIES, theirs=THEIRS, mine=MINE)
def test_nothing_changes_but_what_the_client_changed(history: History, theirs: list[Step], mine: Step) -> None:
    race, (name, body) = Race(history, theirs), mine
    dialect = DIALECTS[name]
    before = looks(race.desk)
    written = race.write(dialect, {**dialect.show(race.base), **body})
    if isinstance(written, WriteResult):
        after = looks(race.desk)
        different = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        assert different <= allowed(name, set(body))


@examples(80)
@given(history=HISTORIES, theirs=THEIRS, mine=MINE)
def test_no_change_of_others_is_overwritten(history: History, theirs: list[Step], mine: Step) -> None:
    race, (name, body) = Race(history, theirs), mine
    dialect = DIALECTS[name]
    outcome = race.write(dialect, {**dialect.show(race.base), **body})
    if isinstance(outcome, Conflict):
        for field in filter(None, map(dialect.view.field_name, outcome.fields)):
            assert race.moved(dialect, field, race.base, race.now) or field in ("/source", "/type"), field
        return
    changes = outcome.change.fields if outcome.change else []
    for field in filter(None, (dialect.view.field_name(change.field) for change in changes)):
        head = "/" + field.split("/")[1]
        if race.moved(dialect, field, race.now, race.desk.present) and not DERIVED.get(head, set()) & body.keys():
            assert not race.moved(dialect, field, race.base, race.now), field


@examples(80)
@given(history=HISTORIES, theirs=THEIRS, mine=MINE)
def test_a_retry_changes_nothing(history: History, theirs: list[Step], mine: Step) -> None:
    race, (name, body) = Race(history, theirs), mine
    if isinstance(race.write(DIALECTS[name], body), WriteResult):
        race.now = race.desk.present
        again = race.write(DIALECTS[name], body)
        assert isinstance(again, WriteResult) and again.change is None, again


@examples(80)
@given(history=HISTORIES, patches=two_patches())
def test_changes_of_different_things_are_as_without_a_base(history: History, patches: list[Step]) -> None:
    (their_name, their_body), (name, body) = patches
    assume(
        body.get("conversionStepTimestamps", {}) is not None
    )  # from an empty base no null is left that stops the clock
    race = Race(history, [(their_name, their_body)])
    other: Desk = desk_with(history)
    other.patch(DIALECTS[their_name], their_body)
    other.patch(DIALECTS[name], body)
    outcome = race.write(DIALECTS[name], body)
    assert isinstance(outcome, WriteResult), outcome.fields
    assert race.desk.present == other.present


@examples(50)
@given(history=HISTORIES, mine=MINE)
def test_at_the_present_version_it_is_as_without_a_base(history: History, mine: Step) -> None:
    race, other, (name, body) = Race(history, []), desk_with(history), mine
    other.patch(DIALECTS[name], body)
    assert isinstance(race.write(DIALECTS[name], body), WriteResult)
    assert race.desk.present == other.present
