"""The instance's row: `core.instance.InstanceStore`."""

from leadloop.core.instance import Instance
from leadloop.storage import rows
from leadloop.storage.nouns import Noun, ScriptRunner, reads, writes
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements

SQL = statements(__file__)


class Instances(Noun[ScriptRunner]):
    @reads
    def get(self) -> Script[Instance | None]:
        return (yield from read_instance())

    @writes
    def add(self, instance: Instance) -> Script[Instance]:
        yield Statement(SQL["insert_instance"], rows.instance_row(instance))
        return (yield from read_instance()) or instance

    @writes
    def replace(self, instance: Instance) -> Script[None]:
        yield Statement(SQL["update_instance"], (instance.id, instance.pepper_check, instance.format))


def read_instance() -> Script[Instance | None]:
    records = yield Statement(SQL["get_instance"], ())
    return rows.instance(records[0]) if records else None
