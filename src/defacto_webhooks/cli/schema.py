"""`schema`: JSON Schema of the file."""

from __future__ import annotations

import click

from defacto_webhooks.cli.options import COLOR, DEBUG
from defacto_webhooks.errors import Exit


@click.command()
@COLOR
@DEBUG
def schema(color: str, debug: bool) -> int:  # noqa: ARG001 - the error boundary reads --debug
    """Print the JSON Schema of webhooks.yaml, for editors.

    \b
    Example:
      defacto-webhooks schema > webhooks.schema.json
    """
    from defacto_webhooks.cli.console import Console
    from defacto_webhooks.config.schema import json_schema
    from defacto_webhooks.redaction.printable import json_text
    from defacto_webhooks.render.format import Syntax

    Console(color).result(json_text(json_schema()), Syntax.JSON)
    return Exit.DONE
