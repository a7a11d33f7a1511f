"""What a user would take instead: curl and jq, Ansible, OpenTofu with the REST provider, where installed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accounts import Account, entry
from benchmarks.measuring import HERE, Failed, run

BUILT = HERE.parent / "build"  # where `make bench-tools` puts them


@dataclass(frozen=True)
class Other:
    """A way to the same account. `plan` says whether there is anything to do, where it can."""

    name: str
    apply: list[str]
    plan: list[str] | None = None
    forget: Path | None = None  # what it remembers of the account, to be deleted before it starts again
    rounds: int = 7


def others(folder: Path, account: Account, count: int) -> Iterator[Other]:
    """Those that are installed, each ready to make `count` subscriptions; prints why another one isn't."""
    desired = [entry(number) for number in range(count)]
    for name, make in (("curl and jq", _curl), ("Ansible", _ansible), ("OpenTofu", _tofu)):
        try:
            yield make(folder, account, desired)
        except Failed as why:
            print(f"{name}: skipped, {why}")


def _found(name: str, *names: str) -> str:
    """The first of these programs that is here."""
    for one in (name, *names):
        path = shutil.which(one, path=f"{BUILT}/ansible/bin:{BUILT}/go:{os.environ['PATH']}")
        if path:
            return path
    raise Failed(f"{name} is not installed")


def _curl(folder: Path, account: Account, desired: list[dict[str, object]]) -> Other:
    for program in ("curl", "jq"):
        _found(program)
    (folder / "desired.json").write_text(json.dumps(desired))
    return Other("curl and jq", [str(HERE / "curl_and_jq.sh"), account.url, str(folder / "desired.json")])


def _ansible(folder: Path, account: Account, desired: list[dict[str, object]]) -> Other:
    program, variables = _found("ansible-playbook"), folder / "variables.json"
    variables.write_text(json.dumps({"url": account.url, "desired": desired}))
    playbook = str(HERE / "playbook.yaml")
    return Other("Ansible", [program, "-i", "localhost,", "-e", f"@{variables}", playbook], rounds=2)


def _tofu(folder: Path, account: Account, desired: list[dict[str, object]]) -> Other:
    program, provider = _found("tofu", "terraform"), _found("terraform-provider-restapi")
    name = "OpenTofu" if Path(program).name == "tofu" else "Terraform"
    (folder / "tofu").mkdir()
    overrides = f'dev_overrides {{ "mastercard/restapi" = "{Path(provider).parent}" }}'
    (folder / "tofurc").write_text(f"provider_installation {{ {overrides}\n direct {{}} }}")
    document = {
        "terraform": {"required_providers": {"restapi": {"source": "mastercard/restapi"}}},
        "provider": {
            "restapi": {
                "uri": account.url,
                "headers": {"Authorization": "Bearer k"},
                "write_returns_object": True,
            }
        },
        "resource": {
            "restapi_object": {
                str(one["name"]): {
                    "path": "/webhooks",
                    "destroy_path": "/webhook/{id}",
                    "update_path": "/webhook/{id}",
                    "read_path": "/webhooks",  # there is no reading of one
                    "read_search": {
                        "search_key": "name",
                        "search_value": one["name"],
                        "results_key": "data",
                    },
                    "data": json.dumps(one),
                }
                for one in desired
            }
        },
    }
    (folder / "tofu/main.tf.json").write_text(json.dumps(document))
    start = ["env", f"TF_CLI_CONFIG_FILE={folder}/tofurc", program, f"-chdir={folder}/tofu"]
    try:
        run([*start, "validate"], {})
    except Failed as why:
        raise Failed(f"{name} can't use the provider: {why}") from None
    return Other(
        f"{name}, REST provider",
        [*start, "apply", "-auto-approve", "-no-color"],
        [*start, "plan", "-detailed-exitcode", "-no-color"],
        folder / "tofu/terraform.tfstate",
    )
