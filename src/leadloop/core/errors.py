"""What can go wrong in the domain, in domain words. Each dialect renders these in its own form.

Every message says what to do next, and never repeats a submitted value (it may be personal data).
"""

from typing import Any

from msgspec import Struct

PROBLEM_LIMIT = 50
"""Most field problems reported at once (semantics section 2)."""


class LeadloopError(Exception):
    """Any refusal that a caller can do something about."""


class Problem(Struct, frozen=True):
    """One thing wrong with one submitted field.

    `field` is a JSON pointer in the words of whoever submitted it (`/address/city`); `text` completes the
    sentence that the field's name begins ("must be ...").
    """

    field: str
    text: str


class InvalidFields(LeadloopError):
    """The body was understood, but some of its fields can not be accepted. Nothing was written."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} invalid fields")
        self.problems = problems[:PROBLEM_LIMIT]


class Outgrown(InvalidFields):
    """What the lead would hold then is too much. `field` is the stored field; the dialect knows what it is called."""


class LeadNotFound(LeadloopError):
    """The account has no such lead. A lead of another account is reported in exactly this way."""


class VersionMoved(LeadloopError):
    """The lead is not at the version that the caller asks it to be at. Nothing was written."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the lead is at version {version}")
        self.version = version


class VersionNeeded(VersionMoved):
    """The account takes no write that does not say which version of the lead it is about."""


class NoSuchVersion(LeadloopError):
    """The lead has not had that version. `version` is its present one."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the lead has versions 1 to {version}")
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


class SeveralMatch(LeadloopError):
    """More than one lead could be the one to update. `lead_ids` are the newest of them."""

    def __init__(self, lead_ids: list[str]) -> None:
        super().__init__(f"{len(lead_ids)} leads match")
        self.lead_ids = lead_ids


class KeyReused(LeadloopError):
    """The idempotency key came with another request before."""


class EntryNotFound(LeadloopError):
    """The account's catalogue has no such entry of that kind."""

    def __init__(self) -> None:
        super().__init__("there is no entry with this id among the account's of this kind")


class EntryExists(LeadloopError):
    """Another entry of the kind has this `member` already: its `id`; or what leads would know it by, if it is not
    archived."""

    def __init__(self, member: str, entry_id: str) -> None:
        words = member.replace("_", " ").replace("email", "e-mail")
        super().__init__(f"the entry {entry_id} has this {words} already: change that one")
        self.member = member
        self.entry_id = entry_id


class CatalogueFull(LeadloopError):
    """The account has as many entries of the kind as it can have."""

    def __init__(self, kind: str, most: int) -> None:
        super().__init__(f"the catalogue has {most} {kind}, and takes no more")
        self.kind = kind
        self.most = most


class Unavailable(LeadloopError):
    """The database can not be reached at the moment; the same call may succeed a little later."""

    def __init__(self, reason: str, retry_after_s: int = 1) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Overloaded(Unavailable):
    """There is too much to do already. The sentence says of what."""


class FilesMoved(Unavailable):
    """The database files are not where they were opened. Only the operator can help, by what the message says."""

    def __init__(self) -> None:
        super().__init__(
            "the database file, or its log, was moved, replaced or deleted while the server runs, and nothing is "
            "written: the operator must put it back or restart the server, see docs/operations.md",
            retry_after_s=30,
        )


class FileOverwritten(FilesMoved):
    """Another program has written into the database file. No write goes on in what it left there."""

    def __init__(self) -> None:
        Unavailable.__init__(
            self,
            "another program has overwritten the database file while the server runs, and nothing is written: the "
            "operator must stop the server and restore the database, see docs/operations.md",
            retry_after_s=30,
        )


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


class NewerFormat(LeadloopError):
    """A stored lead was written by a newer leadloop. Writing it here would drop what this version does not know."""
