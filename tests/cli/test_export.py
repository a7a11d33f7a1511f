"""Adopting an account as a user does it: two commands, no editing."""

from __future__ import annotations

import stat
from pathlib import Path

from tests.faulty_server import FaultyServer, stored
from tests.process import run, shell

EVENT = "Loan.CLOSED"
HAND_MADE = [
    stored("1", "invoices", "https://hooks.example.com/in?token=s3cr3t-1", "Invoice.SUBMITTED", EVENT),
    stored("2", "no", "https://hooks.example.com/pay?token=s3cr3t-2", "Payment.PAID", "Loan.BRAND_NEW"),
    stored("3", "123", "https://hooks.slack.com/services/T0/B0/s3cr3tS", EVENT),
    stored("4", "- x: y", "http://hooks.example.com/plain", EVENT),
    stored("5", "${HOME}", "http://10.0.0.7:8080/x?api-key=s3cr3t'q'#s3cr3t-frag", EVENT),
    stored("6", "🎉 late", "https://user:s3cr3t@hooks.example.com/a/s3cr3t9/b", "CreditLine.CREATED"),
    stored("7", "a\x07bell", "https://hooks.example.com/b?token=s3cr3t-3", EVENT),
    stored("8", "no URL", "s3cr3t and spaces", EVENT),
    stored("9", "{status}", "https://HOOKS.example.com:443/{status}?token=s3cr3t-1", EVENT),
    stored("10", "masked", "https://hooks.example.com/t?token=***", EVENT),
    stored("11", " 'and' \"quotes\" ", "https://hooks.example.com/$a?$x=1&s3cr3t-bare#", EVENT),
    stored("12", "both", "https://hooks.example.com/in?token=s3cr3t-1", "Invoice.SUBMITTED"),
]  # fmt: skip


def test_the_round_trip_of_twelve_odd_subscriptions(server: FaultyServer, tmp_path: Path) -> None:
    """In an empty folder, with the API key as the only variable."""
    server.reset(HAND_MADE)
    account = ["--api-url", server.url]
    exported = run(
        ["export", *account, "-o", "webhooks.yaml", "--write-env", ".env"],
        tmp_path,
        DEFACTO_API_KEY=server.key,
    )
    assert exported.code == 0
    assert exported.out == ""
    for name in ("'a\\x07bell'", "'no URL'", "'masked'"):
        assert f"Note: {name} can't be written in a file" in exported.err
    assert "ignore[slack-incoming-webhook]" in exported.err
    text = (tmp_path / "webhooks.yaml").read_text()
    assert "s3cr3t" not in exported.both + text
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    plan = run(["plan", "--env-file", ".env", "--detailed-exitcode"], tmp_path)  # the key is in there, too
    assert plan.code == 0, plan.both
    assert "No changes: the account matches the file (9 unchanged, 3 ignored)" in plan.out
    assert "s3cr3t" not in plan.both
    # Again, from the file that was just made: the same file.
    again = run(["export", "--env-file", ".env", "-o", "again.yaml", "--reveal-secrets"], tmp_path)
    assert again.code == 0
    assert "token=s3cr3t-2" in (tmp_path / "again.yaml").read_text()
    assert server.key not in (tmp_path / "again.yaml").read_text()
    assert stat.S_IMODE((tmp_path / "again.yaml").stat().st_mode) == 0o600
    assert (
        run(["plan", "-c", "again.yaml", "--detailed-exitcode"], tmp_path, DEFACTO_API_KEY=server.key).code
        == 0
    )
    same = run(["export", "--env-file", ".env"], tmp_path)
    assert same.out.splitlines() == text.splitlines()
    assert "HOOKS_EXAMPLE_COM_IN_TOKEN" in same.err
    assert "s3cr3t" not in same.both


def test_an_apply_after_an_export_writes_nothing(server: FaultyServer, tmp_path: Path) -> None:
    server.reset(HAND_MADE)
    script = '"$0" export -o webhooks.yaml --write-env .env && "$0" apply -y --env-file .env'
    ended = shell(script, tmp_path, server, is_forked=True)
    assert ended.code == 0
    assert "Nothing to do" in ended.out
    assert {request.method for request in server.log} == {"GET"}


def test_a_shell_can_read_the_env_file_too(server: FaultyServer, tmp_path: Path) -> None:
    server.reset(HAND_MADE)
    script = """
    "$0" export -o webhooks.yaml --write-env .env && set -a && . ./.env && set +a
    "$0" plan --detailed-exitcode
    """
    ended = shell(script, tmp_path, server, is_forked=True)
    assert ended.code == 0, ended.both


def test_nothing_is_written_over(server: FaultyServer, tmp_path: Path) -> None:
    server.reset(HAND_MADE)
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for options in (
        ["-o", "mine"],
        ["-o", "new", "--write-env", "mine"],
        ["-o", "mine", "--write-env", "new"],
        ["-o", "dangling", "--write-env", "new"],
        ["-o", "missing/new", "--write-env", "new"],
        ["-o", "new", "--write-env", "new"],
    ):
        ended = run(["export", *options], tmp_path, server)
        assert ended.code == 1, options
        assert ended.err.startswith("Error: ")
        assert (tmp_path / "mine").read_text() == "mine"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "mine"]


def test_the_file_that_is_there_says_which_account_and_its_settings(
    server: FaultyServer, tmp_path: Path
) -> None:
    """Its own subscriptions need not be right, nor their variables set."""
    server.reset(HAND_MADE[:2])
    (tmp_path / "webhooks.yaml").write_text(
        "version: 1\ndefault_environment: local\nenvironments:\n  local: {api_url: embedded}\n"
        f'  here: {{api_url: "{server.url}", api_key: "${{A_KEY}}"}}\n'
        "settings: {prune: false, protect: [invoices], scope: {ignore: ['manual-*']},"
        " max_delete_percent: 5}\n"
        "webhooks: [{name: x, to_url: 'https://x.example.com/?t=${NOT_SET}', event_types: ['*']}]\n"
    )
    command = ["export", "-e", "here", "-o", "new.yaml", "--write-env", ".env"]
    assert run(command, tmp_path, A_KEY=server.key).code == 0
    plan = run(["plan", "-c", "new.yaml", "--env-file", ".env", "--detailed-exitcode"], tmp_path)
    assert plan.code == 0, plan.both
    text = (tmp_path / "new.yaml").read_text()
    for words in (
        "api_key: ${A_KEY}",
        "prune: false",
        "ignore: [manual-*]",
        "protect: [invoices]",
        "percent: 5",
    ):
        assert words in text


def test_a_local_account_needs_no_variable_but_those_of_its_urls(tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text(
        "version: 1\nenvironments: {local: {api_url: embedded}}\n"
        "webhooks: [{name: x, to_url: 'http://127.0.0.1:1/?t=${T}', event_types: ['*']}]\n"
    )
    assert run(["apply", "-y"], tmp_path, T="t0ken").code == 0
    exported = run(["export"], tmp_path)
    assert "api_url: embedded" in exported.out
    assert 'event_types: ["*"]' in exported.out
    assert "api_key" not in exported.out
    assert "HOST_127_0_0_1_T  t of 127.0.0.1" in exported.err


def test_one_drifted_entry_to_be_pasted(server: FaultyServer, tmp_path: Path) -> None:
    """Nothing but the entry, with the variables that it has in an export of the whole account."""
    drifted = stored("1", "invoices", "https://hooks.example.com/in?token=s3cr3t-1", "Loan.BRAND_NEW", EVENT)
    server.reset([drifted, *HAND_MADE[1:]])
    ended = run(["export", "--target", "invoices"], tmp_path, server)
    assert ended.code == 0, ended.both
    assert ended.out == (
        "  - name: invoices\n"
        "    to_url: https://hooks.example.com/in?token=${HOOKS_EXAMPLE_COM_IN_TOKEN}\n"
        "    event_types: [Loan.BRAND_NEW, Loan.CLOSED]\n"
    )
    assert (
        "for settings.extra_event_types, because the built-in catalogue lacks it: 'Loan.BRAND_NEW'"
        in ended.err
    )
    assert "HOOKS_EXAMPLE_COM_IN_TOKEN  token of hooks.example.com/in" in ended.err
    assert ended.err.count("\n") == 3  # nothing about the others
    several = run(["export", "--target", "n*", "--target", "12?", "--write-env", ".env"], tmp_path, server)
    assert [line for line in several.out.splitlines() if "name:" in line] == [
        '  - name: "123"',
        '  - name: "no"',
    ]
    assert "s3cr3t-2" in (tmp_path / ".env").read_text()
    assert "s3cr3t-1" not in (tmp_path / ".env").read_text()


def test_targets_that_can_not_be_exported(server: FaultyServer, tmp_path: Path) -> None:
    server.reset(HAND_MADE)
    unknown = run(["export", "--target", "invoice"], tmp_path, server)
    assert (unknown.code, unknown.out) == (1, "")
    assert "no subscription in the account matches --target invoice" in unknown.err
    whole = run(["export", "--target", "invoices", "-o", "new.yaml"], tmp_path, server)
    assert whole.code == 1
    assert "-o can't be combined with --target" in whole.err
    assert not (tmp_path / "new.yaml").exists()
    impossible = run(["export", "--target", "no URL"], tmp_path, server)
    assert (impossible.code, impossible.out) == (0, "")
    assert "'no URL' can't be written in a file, so it belongs in settings.scope.ignore" in impossible.err


def test_what_can_go_wrong(server: FaultyServer, tmp_path: Path) -> None:
    server.reset([])
    empty = run(["export"], tmp_path, server)
    assert empty.code == 0
    assert empty.out.endswith("webhooks: []\n")
    nowhere = run(["export"], tmp_path)
    assert nowhere.code == 1
    assert "--api-url" in nowhere.err
    assert run(["export", "-c", "missing.yaml"], tmp_path, server).code == 1
