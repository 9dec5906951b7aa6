"""The errors of the domain. Each dialect renders them in its own form.

Every message says what to do next, and never repeats a submitted value (it may be personal data).
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from leadloop.messages import ENGLISH

PROBLEM_LIMIT = 50
"""Most field problems in one answer (semantics section 2)."""

Param: TypeAlias = "str | int | tuple[str, ...] | Problem"
"""Never a submitted value: it may be personal data or a secret."""


class Problem:
    """One problem of a request: a code, and the parameters of its sentence (`messages`).

    `field` is a JSON pointer as the client writes it (`/address/city`), empty for the whole request. The sentence of a
    field's problem continues the field's name ("must be ...").
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
    """Formatted with commas between its items, or with another word: `{near:or}`."""

    __slots__ = ()

    def __format__(self, word: str) -> str:
        return (f" {word} " if word else ", ").join(self)


def _shown(param: Param, table: Mapping[str, str]) -> Any:
    if isinstance(param, Problem):
        return param.text_in(table)
    return _Listed(param) if isinstance(param, tuple) else param


class LeadloopError(Exception):
    """Base of all errors that a client or an operator can fix."""


class Refusal(LeadloopError):
    """An error that the API answers with; `problem` describes it in any language."""

    problem: Problem

    def __str__(self) -> str:
        """In English, for operators."""
        return super().__str__() or self.problem.text


class InvalidFields(Refusal):
    """Some fields of the body are invalid. Nothing was written."""

    problem = Problem("invalid_fields")

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems[:PROBLEM_LIMIT]


class Outgrown(InvalidFields):
    """The write would make the lead too large. `field` is a pointer to the stored field, not yet the dialect's."""


class LeadNotFound(Refusal):
    """The account has no such lead. A lead of another account causes exactly the same error."""

    problem = Problem("lead_not_found")


class VersionMoved(Refusal):
    """The lead is not at the version that the precondition requires. Nothing was written."""

    problem = Problem("lead_changed")

    def __init__(self, version: int) -> None:
        super().__init__()
        self.version = version


class VersionNeeded(VersionMoved):
    """The account requires writes to name a version of the lead, and the write has none."""

    problem = Problem("version_required")


class NoSuchVersion(Refusal):
    """The lead never had this version, or it is not available any more. `version` is the current one."""

    problem = Problem("recent_version_expected")

    def __init__(self, version: int) -> None:
        super().__init__()
        self.version = version


class Conflict(LeadloopError):
    """Another write changed some of the same fields after the caller read the lead. Nothing was written.

    `fields` are pointers into the stored lead; `base` is the lead as the caller read it, `now` the current lead.
    """

    def __init__(self, fields: list[str], base: Any, now: Any) -> None:
        super().__init__(f"{len(fields)} fields have changed since")
        self.fields = fields
        self.base = base
        self.now = now


class LeadExists(LeadloopError):
    """A lead exists that the write requires to be absent. Nothing was written."""


class KeyReused(Refusal):
    """The idempotency key was used with another request."""

    problem = Problem("idempotency_key_reused")


class EntryNotFound(Refusal):
    """The account's catalogue has no such entry of this kind."""

    problem = Problem("entry_not_found")


class EntryExists(Refusal):
    """Another entry of the kind already has this `member`: the `id` of any entry, or another identifying member of one
    that is not archived."""

    def __init__(self, member: str, entry_id: str) -> None:
        super().__init__()
        self.problem = Problem(
            {"id": "id_taken", "name": "name_taken", "user_id": "user_id_taken", "email": "email_taken"}[member],
            entry_id=entry_id,
        )
        self.member = member
        self.entry_id = entry_id


class CatalogueFull(Refusal):
    """The account has reached its limit of entries of the kind."""

    def __init__(self, kind: str, most: int) -> None:
        super().__init__()
        self.problem = Problem("catalogue_full", kind=kind, limit=most)


class AccountNotFound(Refusal):
    """There is no such account."""

    problem = Problem("account_gone")


class MemberNotFound(Refusal):
    """The account has no such member. A person of another account causes exactly the same error."""

    problem = Problem("member_not_found")


class MemberExists(Refusal):
    """A person with this e-mail is a member of the account already."""

    problem = Problem("member_exists")


class MemberDisabled(Refusal):
    """A disabled member gets no link."""

    problem = Problem("member_disabled")


class LastOwner(Refusal):
    """The change would leave the account without an active owner."""

    problem = Problem("last_owner")


class MemberElsewhere(Refusal):
    """The person also belongs to another account, or operates the instance: an owner of one account must not act for
    them."""

    problem = Problem("member_elsewhere")


class ApiKeyNotFound(Refusal):
    """The account has no such API key."""

    problem = Problem("api_key_not_found")


class ApiKeyRevoked(Refusal):
    """The API key is revoked."""

    problem = Problem("api_key_revoked")


class ScopesLacking(Refusal):
    """The caller gives a key scopes that it lacks itself."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        super().__init__()
        self.problem = Problem("scopes_lacking", scopes=scopes)


class Unavailable(Refusal):
    """The database cannot be reached; a retry may succeed. `reason` is for the operator."""

    problem = Problem("database_unreachable")

    def __init__(self, reason: str, retry_after_s: int = 1) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Overloaded(Unavailable):
    """Too much work is waiting already. The problem says of which kind."""

    def __init__(self, problem: Problem, retry_after_s: int = 1) -> None:
        super().__init__(problem.text, retry_after_s)
        self.problem = problem


class FilesMoved(Unavailable):
    """The database files are not where they were opened. Only the operator can fix it, as the problem describes."""

    problem = Problem("files_moved")

    def __init__(self) -> None:
        super().__init__(self.problem.text, retry_after_s=30)


class FileOverwritten(FilesMoved):
    """Another program has written into the database file. leadloop stops writing to it."""

    problem = Problem("file_overwritten")


class ForeignLog(LeadloopError):
    """The log beside the database belongs to another database or copy. Nothing of it was applied."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"the -wal beside {place} does not belong to it: put the right database back, or, if it is the right one, "
            "move the -wal and the -shm away"
        )


class DatabaseDamaged(LeadloopError):
    """The database file is damaged. leadloop does not open it, so as not to damage it further."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place} is damaged: stop all servers, keep a copy of the file and of its -wal, and restore a backup"
        )


class NewerFormat(Refusal):
    """A newer leadloop wrote the stored lead. Writing it here would drop the fields that this version does not know."""

    problem = Problem("newer_format")
