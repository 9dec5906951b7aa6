"""A leadloop that does not check its database files: `python -m proof.files_server serve …`."""

import sys
from typing import Any
from unittest.mock import patch

from leadloop import cli
from leadloop.storage.sqlite import generations
from leadloop.storage.sqlite.files import DatabaseFiles

COMMAND = ("-m", "proof.files_server")


def disable_file_checks() -> None:
    def do_nothing(*_: Any) -> None: ...

    def read_header(files: DatabaseFiles, connection: Any, **_: Any) -> bytes:
        return generations.read_header(connection)

    patch.object(DatabaseFiles, "require_in_place", do_nothing).start()
    patch.object(DatabaseFiles, "require_not_overwritten", read_header).start()
    patch.object(generations, "require_own_log", _copy_log_on_close).start()


def _copy_log_on_close(connection: Any, database: Any) -> None:
    generations.copy_log_on_close(connection, True)


if __name__ == "__main__":
    disable_file_checks()
    sys.exit(cli.main())
