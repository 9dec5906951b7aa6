"""Sessions of people: `core.people.store.SessionStore`."""

from leadloop.core.people.model import Person, Session
from leadloop.core.people.store import SignedIn
from leadloop.storage import people_rows as rows
from leadloop.storage import people_scripts as scripts
from leadloop.storage.nouns import Noun, ScriptRunner, reads, writes
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements

SQL = statements(__file__)


class Sessions(Noun[ScriptRunner]):
    @writes
    def add(self, session: Session, *, replaces: bytes | None = None) -> Script[None]:
        if replaces is not None:
            yield Statement(SQL["delete_session"], (replaces,))
        yield Statement(SQL["insert_session"], rows.session_row(session))

    @reads
    def get(self, digest: bytes) -> Script[tuple[Session, Person] | None]:
        return (yield from _read_session(digest))

    @reads
    def signed_in(self, digest: bytes) -> Script[SignedIn | None]:
        pair = yield from _read_session(digest)
        if pair is None:
            return None
        session, person = pair
        return SignedIn(session, person, (yield from scripts.memberships_of(person.id)))

    @writes
    def touch(self, digest: bytes, at_ms: int) -> Script[None]:
        yield Statement(SQL["touch_session"], (digest, at_ms))

    @writes
    def end(self, digest: bytes) -> Script[None]:
        yield Statement(SQL["delete_session"], (digest,))

    @writes
    def end_all(self, person_id: str, *, but: bytes = b"") -> Script[int]:
        ended = yield Statement(SQL["delete_other_sessions"], (person_id, but))
        return len(ended)

    @reads
    def of_person(self, person_id: str) -> Script[list[Session]]:
        records = yield Statement(SQL["list_sessions"], (person_id,))
        return list(map(rows.session, records))

    @writes
    def purge(self, idle_before_ms: int, created_before_ms: int) -> Script[int]:
        sessions = yield Statement(SQL["purge_sessions"], (idle_before_ms, created_before_ms))
        links = yield Statement(SQL["purge_links"], (created_before_ms,))
        return len(sessions) + len(links)


def _read_session(digest: bytes) -> Script[tuple[Session, Person] | None]:
    records = yield Statement(SQL["get_session"], (digest,))
    if not records:
        return None
    columns = [*records[0]]
    return rows.session(columns[: rows.SESSION_COLUMNS]), rows.person(columns[rows.SESSION_COLUMNS :])
