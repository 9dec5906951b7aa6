"""`python -m proof [NAME…]`: runs the campaigns on every engine that they support.

Exits with 1 on a violation, and when a check does not catch the control's defect.
"""

import importlib
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from lab.postgres import PostgresServer
from proof import report
from proof.options import Options, campaigns, parse
from proof.report import Campaign
from proof.trial import Trial


def run(name: str, engine: str, options: Options, postgres: PostgresServer | None) -> Campaign:
    with tempfile.TemporaryDirectory(prefix="leadloop-proof-") as directory:
        campaign: Campaign = importlib.import_module(f"proof.{name}").run(
            Trial(name, engine, options, Path(directory), postgres)
        )
    return campaign


def main() -> int:
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed = []
    with ExitStack() as running:
        postgres: PostgresServer | None = None
        for name in options.names or campaigns():
            for engine in importlib.import_module(f"proof.{name}").ENGINES:
                if engine not in options.engine:
                    continue
                if engine == "postgres" and postgres is None:
                    postgres = running.enter_context(PostgresServer())
                campaign = run(name, engine, options, postgres if engine == "postgres" else None)
                report.write(campaign)
                print(f"{name}/{engine}: {report.verdict(campaign)}", flush=True)
                if not campaign.passed:
                    failed.append(f"{name}/{engine}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
