"""A lead in memory, written through both dialects with the real use cases, without HTTP and database."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

import msgspec
from msgspec import structs

from leadloop.api.body import decode_object, encode
from leadloop.api.dialects import load
from leadloop.api.expad import wire as expad
from leadloop.api.leadsail import wire as leadsail
from leadloop.api.properties import Property, field_namer, read_patch, show_function
from leadloop.api.views import View
from leadloop.core.changes import Change
from leadloop.core.errors import InvalidFields
from leadloop.core.ids import Stamp
from leadloop.core.leads.doc import decode
from leadloop.core.leads.doc import encode as encoded
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.merge import Conversation
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.problems import Problems
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from leadloop.core.writes.preconditions import Preconditions
from leadloop.core.writes.unit import Loaded, Unit
from leadloop.core.writes.use_cases import WriteResult
from leadloop.settings import DATABASE_DEFAULTS
from tests.support.strategies import EXPAD, LEADSAIL, Body

T = TypeVar("T")

ACCOUNT = "a" * 24
REGISTERED = {each.name: each for each in load(DATABASE_DEFAULTS)}
FIRST_MS = 1_700_000_000_000
LAST_CONTACT = "must not be cleared"


class Dialect(NamedTuple):
    """A dialect's PATCH and GET without HTTP."""

    name: str
    table: Mapping[str, Property]
    read_patch: Callable[[Lead, Lead, Body], LeadPatch]
    show: Callable[[Lead], Body]
    view: View
    contact: Callable[[Body], Contact | None]
    message_id: Callable[[Body], str | None]
    new: Callable[[Body, Stamp], LeadPatch]


def as_json(value: Any) -> Any:
    """The value as a client receives it and sends it back."""
    return decode_object(encode(value))


def _blank(stamp: Stamp) -> Lead:
    return use_cases.blank_lead_for(use_cases.plain(stamp, ACCOUNT))


SHOW_EXPAD = show_function(EXPAD)
EXPAD_DIALECT = Dialect(
    "expad",
    EXPAD,
    lambda base, now, body: read_patch(
        EXPAD, body, base, Problems(refuse_unknown=False), partial(expad.keep_reachable, now)
    ),
    lambda lead: as_json(SHOW_EXPAD(lead)),
    View(SHOW_EXPAD, field_namer(EXPAD)),
    REGISTERED["expad"].contact,
    expad.message_id,
    lambda body, stamp: expad.new_lead(EXPAD, body, _blank(stamp), stamp, Problems(refuse_unknown=False)),
)
LEADSAIL_DIALECT = Dialect(
    "leadsail",
    LEADSAIL,
    lambda base, now, body: read_patch(LEADSAIL, body, base, Problems()),
    lambda lead: as_json(leadsail.show(lead)),
    View(leadsail.show, field_namer(LEADSAIL)),
    REGISTERED["leadsail"].contact,
    lambda body: None,
    lambda body, stamp: leadsail.new_lead(body, _blank(stamp), Problems()),
)
DIALECTS = {"expad": EXPAD_DIALECT, "leadsail": LEADSAIL_DIALECT}


class Desk:
    """One lead, its records and its messages. Like a store, it reads every saved lead back from its JSON."""

    def __init__(self) -> None:
        self.stored: Lead | None = None
        self.doc = b""
        self.records: list[Change] = []
        self.messages: dict[str, Message] = {}
        self.at_ms = FIRST_MS

    def create(self, dialect: Dialect, body: Body) -> WriteResult:
        stamp = self.stamp(dialect)
        write, body = use_cases.plain(stamp, ACCOUNT), as_json(body)
        new = partial(dialect.new, body, stamp)
        return self._run(use_cases.create(cast(Store, self), write, new, dialect.contact(body) or Contact()))

    def patch(self, dialect: Dialect, body: Body, base_version: int | None = None) -> WriteResult:
        """Patches the lead. Writes nothing if the body clears the last of name, e-mail and phone: only that is
        rejected.

        Raises `Conflict` if there is a base version.
        """
        body, lead = as_json(body), self.present
        write = use_cases.plain(self.stamp(dialect), ACCOUNT)
        update = use_cases.update(
            cast(Store, self),
            structs.replace(write, preconditions=Preconditions(base_version=base_version)),
            lead.id,
            lambda base, now: dialect.read_patch(base, now, body),
            contact=dialect.contact(body),
            message_id=dialect.message_id(body),
            differs_in_view=dialect.view.differs_in_view,
        )
        try:
            return self._run(update)
        except InvalidFields as error:
            assert all(problem.text.startswith(LAST_CONTACT) for problem in error.problems), error.problems
            return WriteResult(lead, lead, None)

    def delete(self) -> WriteResult:
        write = use_cases.plain(self.stamp(LEADSAIL_DIALECT), ACCOUNT)
        return self._run(use_cases.delete(cast(Store, self), write, self.present.id))

    @property
    def present(self) -> Lead:
        assert self.stored is not None
        return self.stored

    def stamp(self, dialect: Dialect) -> Stamp:
        self.at_ms += 1_000
        return Stamp(self.at_ms, self.at_ms.to_bytes(16, "big"), f"req_{self.at_ms}", "key:test", dialect.name)

    @property
    def leads(self) -> "Desk":
        return self

    @property
    def changes(self) -> "Desk":
        return self

    async def get(self, account_id: str, lead_id: str) -> Lead | None:
        return self.stored

    async def of_lead(self, account_id: str, lead_id: str, after_version: int, limit: int) -> list[Change]:
        return self.records[after_version : after_version + limit]

    async def write(self, unit: Unit[T]) -> T:
        history = [] if unit.history_after is None else self.records[unit.history_after :]
        answer, saved, *_ = unit.run(Loaded(self.stored, 0, self._conversation(unit.message_id), history))
        if saved is not None:
            self.doc = saved.doc
            self.stored = decode(saved.doc)
            assert encoded(self.stored) == saved.doc, "reads back as it was written"
            self.records.append(msgspec.json.decode(msgspec.json.encode(saved.change), type=Change))
            if saved.message is not None:
                self.messages[saved.message.id] = saved.message
        return answer

    def _conversation(self, message_id: str | None) -> Conversation:
        if message_id is None:
            return Conversation()
        others = [message for message in self.messages.values() if message.id != message_id]
        newest = max(others, key=lambda message: (message.created_at_ms or 0, message.id), default=None)
        return Conversation(self.messages.get(message_id), newest)

    @staticmethod
    def _run(use_case: Any) -> WriteResult:
        """Nothing in here waits for anything."""
        try:
            use_case.send(None)
        except StopIteration as done:
            return cast(WriteResult, done.value)
        raise AssertionError("it waited")
