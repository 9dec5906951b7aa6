"""What can go wrong in the domain, in domain words. Each dialect renders these in its own form.

Every message says what to do next, and never repeats a submitted value (it may be personal data).
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from leadloop.messages import ENGLISH

PROBLEM_LIMIT = 50
"""Most field problems reported at once (semantics section 2)."""

Param: TypeAlias = "str | int | tuple[str, ...] | Problem"
"""Never a submitted value: it may be personal data or a secret."""


class Problem:
    """One thing that is wrong, as a code with the parameters of its sentence (`messages`).

    `field` is a JSON pointer in the words of whoever submitted it (`/address/city`), empty for the whole request. The
    sentence of a field's problem is completed by the field's name before it ("must be ...").
    """

    __slots__ = ("code", "field", "params")

    def __init__(self, code: str, field: str = "", /, **params: Param) -> None:
        self.code = code
        self.field = field
        self.params = params

    def at(self, field: str) -> "Problem":
        return Problem(self.code, field, **self.params)

    def text_in(self, table: Mapping[str, str]) -> str:
        """The sentence in the language of `table`."""
        return table[self.code].format_map({name: _shown(param, table) for name, param in self.params.items()})

    @property
    def text(self) -> str:
        return self.text_in(ENGLISH)

    def __repr__(self) -> str:
        return f"Problem({self.code!r}, {self.field!r}, {self.params!r})"


class _Listed(tuple[str, ...]):
    """Shown as its items with commas, or with a given word between them: `{near:or}`."""

    __slots__ = ()

    def __format__(self, word: str) -> str:
        return (f" {word} " if word else ", ").join(self)


def _shown(param: Param, table: Mapping[str, str]) -> Any:
    if isinstance(param, Problem):
        return param.text_in(table)
    return _Listed(param) if isinstance(param, tuple) else param


class LeadloopError(Exception):
    """Any refusal that somebody can do something about."""


class Refusal(LeadloopError):
    """A refusal that callers of the API meet: `problem` says what is wrong, in any language."""

    problem: Problem

    def __str__(self) -> str:
        """For operators, in English."""
        return super().__str__() or self.problem.text


class InvalidFields(Refusal):
    """The body was understood, but some of its fields can not be accepted. Nothing was written."""

    problem = Problem("invalid_fields")

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems[:PROBLEM_LIMIT]


class Outgrown(InvalidFields):
    """What the lead would hold then is too much. `field` is the stored field; the dialect knows what it is called."""


class LeadNotFound(Refusal):
    """The account has no such lead. A lead of another account is reported in exactly this way."""

    problem = Problem("lead_not_found")


class VersionMoved(Refusal):
    """The lead is not at the version that the caller asks it to be at. Nothing was written."""

    problem = Problem("lead_changed")

    def __init__(self, version: int) -> None:
        super().__init__()
        self.version = version


class VersionNeeded(VersionMoved):
    """The account takes no write that does not say which version of the lead it is about."""

    problem = Problem("version_required")


class NoSuchVersion(Refusal):
    """The lead has not had that version. `version` is its present one."""

    problem = Problem("recent_version_expected")

    def __init__(self, version: int) -> None:
        super().__init__()
        self.version = version


class Conflict(LeadloopError):
    """Some of what the caller changed was changed by somebody else since the caller read it. Nothing was written.

    `fields` are pointers into the stored lead; `base` and `now` are the lead as the caller read it and as it is.
    """

    def __init__(self, fields: list[str], base: Any, now: Any) -> None:
        super().__init__(f"{len(fields)} fields have changed since")
        self.fields = fields
        self.base = base
        self.now = now


class LeadExists(LeadloopError):
    """There is a lead that was to be absent. Nothing was written."""


class KeyReused(Refusal):
    """The idempotency key came with another request before."""

    problem = Problem("idempotency_key_reused")


class EntryNotFound(Refusal):
    """The account's catalogue has no such entry of that kind."""

    problem = Problem("entry_not_found")


class EntryExists(Refusal):
    """Another entry of the kind has this `member` already: its `id`; or what leads would know it by, if it is not
    archived."""

    def __init__(self, member: str, entry_id: str) -> None:
        super().__init__()
        self.problem = Problem(
            {"id": "id_taken", "name": "name_taken", "user_id": "user_id_taken", "email": "email_taken"}[member],
            entry_id=entry_id,
        )
        self.member = member
        self.entry_id = entry_id


class CatalogueFull(Refusal):
    """The account has as many entries of the kind as it can have."""

    def __init__(self, kind: str, most: int) -> None:
        super().__init__()
        self.problem = Problem("catalogue_full", kind=kind, limit=most)


class Unavailable(Refusal):
    """The database can not be reached at the moment; the same call may succeed a little later. `reason` is for the
    operator."""

    problem = Problem("database_unreachable")

    def __init__(self, reason: str, retry_after_s: int = 1) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Overloaded(Unavailable):
    """There is too much to do already. The problem says of what."""

    def __init__(self, problem: Problem, retry_after_s: int = 1) -> None:
        super().__init__(problem.text, retry_after_s)
        self.problem = problem


class FilesMoved(Unavailable):
    """The database files are not where they were opened. Only the operator can help, by what the problem says."""

    problem = Problem("files_moved")

    def __init__(self) -> None:
        super().__init__(self.problem.text, retry_after_s=30)


class FileOverwritten(FilesMoved):
    """Another program has written into the database file. No write goes on in what it left there."""

    problem = Problem("file_overwritten")


class ForeignLog(LeadloopError):
    """The log beside the database is that of another one, or of another copy. Nothing of it was applied."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"the -wal beside {place} does not belong to it: put the right database back, or, if it is the right one, "
            "move the -wal and the -shm away"
        )


class DatabaseDamaged(LeadloopError):
    """The database file is damaged. It is not opened, so that nothing makes it worse."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place} is damaged: stop all servers, keep a copy of the file and of its -wal, and restore a backup"
        )


class NewerFormat(Refusal):
    """A stored lead was written by a newer leadloop. Writing it here would drop what this version does not know."""

    problem = Problem("newer_format")
