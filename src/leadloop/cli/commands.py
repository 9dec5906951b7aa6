"""All commands, and how one of them runs."""

import errno
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter
from cyclopts.config import Dict

from leadloop import __version__, settings
from leadloop.cli.output import CommandError, discard_output, open_standard_files, print_failure
from leadloop.settings import BadSettings

app = App(
    name="leadloop",
    version=__version__,
    help="A self-hosted lead platform.",
    help_epilogue="Every option can also be a variable (LEADLOOP_PORT) or a line of the settings file (port = 8080).",
)
for name in ("serve", "worker", "migrate", "listen", "doctor", "demo"):
    app.command(f"leadloop.cli.{name}:{name}", name=name)
for name in ("backup", "restore"):
    app.command(f"leadloop.cli.backup:{name}", name=name)
for name in ("accounts", "users", "keys", "leads", "catalogue", "search", "views", "webhooks", "instance"):
    app.command(f"leadloop.cli.{name}:app", name=name)
app.register_install_completion_command(
    help="Install completion of commands and options, for the shell that runs this (bash, zsh or fish)."
)


@app.meta.default
def _with_settings_file(
    *words: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    config: Annotated[Path | None, Parameter(env_var="LEADLOOP_CONFIG", help="A TOML file with options.")] = None,
) -> int:
    app.config = ()
    if config is not None:
        options = Dict(settings.from_file(config), source=str(config), use_commands_as_keys=False, allow_unknown=True)
        app.config = (options,)
    done = app(words, exit_on_error=False, print_error=False, result_action="return_value")
    return done if isinstance(done, int) else 0


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    open_standard_files()
    try:
        code = _run(arguments)
        if sys.stdout is not None:  # it was closed before the start
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of the output has closed it, as `| head` does
        discard_output()
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print_failure(f"leadloop: {error.strerror}")
        discard_output()
        return 1
    return code


def _run(arguments: Sequence[str] | None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    if not words or words[0].startswith("-"):  # the help shows the first sentence of each command
        for command in app:
            app[command]
    try:
        done = app.meta(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        print_failure(f"leadloop: {error}")
        return 2
    except BadSettings as error:
        print_failure(f"leadloop: {error}")
        return 2
    except CommandError as error:
        print_failure(f"leadloop: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return done if isinstance(done, int) else 0
