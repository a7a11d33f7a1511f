"""The tests. `WEBHOOKS_EXAMPLES` says how many examples a property gets; `make chaos` takes its time."""

import os
import sys
from importlib.util import find_spec

from hypothesis import HealthCheck, settings

settings.register_profile(
    "tests",
    max_examples=int(os.environ.get("WEBHOOKS_EXAMPLES", "50")),
    deadline=None,
    # A server or folder of a test serves all its examples; each resets what it needs.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("tests")

# httpcore looks for this package anew for each request, which takes a fifth of the time of one.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]
