"""The row that makes the database an instance: `core.store.InstanceStore`."""

from leadloop.core.instance import Instance
from leadloop.storage import rows
from leadloop.storage.nouns import Noun, reads, writes
from leadloop.storage.sql import statements
from leadloop.storage.steps import Statement, Steps

SQL = statements(__file__)


class Instances(Noun):
    @reads
    def get(self) -> Steps[Instance | None]:
        return (yield from read_instance())

    @writes
    def add(self, instance: Instance) -> Steps[Instance]:
        yield Statement(SQL["insert_instance"], rows.instance_row(instance))
        return (yield from read_instance()) or instance

    @writes
    def replace(self, instance: Instance) -> Steps[None]:
        yield Statement(SQL["update_instance"], (instance.id, instance.pepper_check, instance.format))


def read_instance() -> Steps[Instance | None]:
    found = yield Statement(SQL["get_instance"], ())
    return rows.instance(found[0]) if found else None
