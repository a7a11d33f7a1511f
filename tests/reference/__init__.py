"""Defacto's published API reference (July 2026): the operations that this project uses, without its prose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

REFERENCE: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("defacto-2026-07.json").read_text())
SCHEMAS: Final[dict[str, Any]] = REFERENCE["components"]["schemas"]
