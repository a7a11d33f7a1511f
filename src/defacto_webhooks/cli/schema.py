"""`schema`: JSON Schema of the file."""

from __future__ import annotations

from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import command
from defacto_webhooks.config.schema import json_schema
from defacto_webhooks.redaction.printable import json_text
from defacto_webhooks.render.format import Syntax


@command()
def schema(invocation: Invocation) -> None:
    """Print the JSON Schema of webhooks.yaml, for editors.

    \b
    Example:
      defacto-webhooks schema > webhooks.schema.json
    """
    invocation.console.result(json_text(json_schema()), Syntax.JSON)
