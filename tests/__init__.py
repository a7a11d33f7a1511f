"""The tests mirror the rooms of the code."""

import sys
from importlib.util import find_spec

# httpcore looks for this package anew for each request, which takes a fifth of the time of one.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]
