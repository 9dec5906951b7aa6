"""How many examples a property is tried with."""

import os

import hypothesis


def examples(most: int) -> hypothesis.settings:
    """The same `most` examples on every run; `LEADLOOP_EXAMPLES=1000` takes other ones each time, and that many.

    With `LEADLOOP_QUICK` a tenth of them: `scripts/test --quick` sets it.
    """
    if "LEADLOOP_QUICK" in os.environ:
        most = max(5, most // 10)
    asked = int(os.environ.get("LEADLOOP_EXAMPLES", "0"))
    slow = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture]
    return hypothesis.settings(
        max_examples=asked or most, derandomize=not asked, deadline=None, suppress_health_check=slow, print_blob=False
    )
