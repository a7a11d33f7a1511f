"""Loading, planning and applying from a Python program, against an account on a real socket."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from defacto_webhooks import Config, InvalidConfig, UserError, apply_plan, load, make_plan
from tests.faulty_server import Call, FaultyServer, On, Status, stored

URL = "https://hooks.example.com/defacto?token="
CANARY = "s3cr3t-v4lue"
FILE = """\
version: 1
environments:
  production: {api_url: "API", api_key: "${KEY}"}
webhooks:
- {name: a, to_url: "https://hooks.example.com/defacto?token=${TOKEN}", event_types: [Loan.CLOSED]}
- {name: b, to_url: "https://hooks.example.com/defacto?token=${TOKEN}", event_types: [Loan.TO_REPAY]}
"""


@pytest.fixture
def config(server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.chdir(tmp_path)
    Path("webhooks.yaml").write_text(FILE.replace("API", server.url))
    monkeypatch.setenv("KEY", server.key)
    monkeypatch.setenv("TOKEN", CANARY)
    server.reset([])
    return load()


def test_the_example_of_the_documentation(
    config: Config, server: FaultyServer, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (Path(__file__).parent.parent / "docs/python.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(code, {})  # noqa: S102 - the example, as somebody would paste it
    assert capsys.readouterr().out.splitlines() == [
        "create a the account does not have it",
        "create b the account does not have it",
        "converged and seen to match",
    ]
    assert {row.name for row in server.account} == {"a", "b"}
    assert make_plan(config).is_empty


def test_only_what_was_shown_is_applied(config: Config, server: FaultyServer) -> None:
    plan = make_plan(config, targets=["a"])
    server.reset([stored("7", "a", f"{URL}{CANARY}", "Loan.TO_REPAY")])
    with pytest.raises(UserError, match="changed after the plan was shown"):
        apply_plan(config, plan)
    assert {request.method for request in server.log} == {"GET"}
    server.reset([stored("7", "b", f"{URL}{CANARY}", "Loan.TO_REPAY")])  # less is left to do: fine
    assert apply_plan(config, plan).verified
    assert {row.name for row in server.account} == {"a", "b"}


@pytest.mark.usefixtures("config")
def test_guards_hold_here_too(server: FaultyServer) -> None:
    empty = load(_without_webhooks(), environment="production")
    server.reset([stored("7", "a", f"{URL}{CANARY}", "Loan.CLOSED")])
    plan = make_plan(empty)
    with pytest.raises(UserError, match="refused: delete-all"):
        apply_plan(empty, plan)
    assert len(server.account) == 1
    assert apply_plan(empty, plan, allow=["delete-all"]).verified
    assert not server.account


def _without_webhooks() -> Path:
    text = Path("webhooks.yaml").read_text()
    path = Path("empty.yaml")
    path.write_text(text.partition("webhooks:")[0])
    return path


def test_what_goes_wrong_is_in_the_report(config: Config, server: FaultyServer) -> None:
    server.reset([], [On(Call.CREATE, 1, Status(422), times=9)])
    report = apply_plan(config, make_plan(config))
    assert not report.verified
    assert {str(result.status) for result in report.results} <= {"failed", "skipped", "done"}


def test_mistakes_have_their_places_and_nothing_printed_holds_a_secret(
    config: Config, server: FaultyServer
) -> None:
    plan = make_plan(config)
    report = apply_plan(config, plan)
    Path("literal.yaml").write_text(Path("webhooks.yaml").read_text().replace("${TOKEN}", CANARY))
    for value in (config, plan, report, load("literal.yaml")):
        assert CANARY not in f"{value!r} {value}"
        assert server.key not in f"{value!r} {value}"
    with pytest.raises(InvalidConfig) as caught:
        load(variables={"KEY": "k"})
    assert [str(diagnostic.span) for diagnostic in caught.value.diagnostics] == [
        "webhooks.yaml:5:62",
        "webhooks.yaml:6:62",
    ]
    with pytest.raises(UserError, match="does not exist"):
        load("missing.yaml")


def test_variables_from_an_env_file_and_an_account_by_its_url(server: FaultyServer, tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text(
        "version: 1\n" + FILE.partition("\n  production")[2].partition("\n")[2]
    )
    (tmp_path / "secrets.env").write_text(f"DEFACTO_API_KEY={server.key}\nTOKEN={CANARY}\n")
    config = load(
        tmp_path / "webhooks.yaml",
        variables={"TOKEN": "the variables win"[:3]},
        env_files=[tmp_path / "secrets.env"],
        api_url=server.url,
    )
    server.reset([])
    assert apply_plan(config, make_plan(config)).verified
    assert {row.to_url for row in server.account} == {f"{URL}the"}
