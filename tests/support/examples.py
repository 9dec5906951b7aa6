"""The number of examples of a property test."""

import os

import hypothesis


def examples(most: int) -> hypothesis.settings:
    """The same `most` examples on every run. `LEADLOOP_EXAMPLES=1000` takes that many random ones instead; with
    `LEADLOOP_QUICK`, which `scripts/test --quick` sets, a tenth of them."""
    if "LEADLOOP_QUICK" in os.environ:
        most = max(5, most // 10)
    requested = int(os.environ.get("LEADLOOP_EXAMPLES", "0"))
    slow = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture]
    return hypothesis.settings(
        max_examples=requested or most,
        derandomize=not requested,
        deadline=None,
        suppress_health_check=slow,
        print_blob=False,
    )
