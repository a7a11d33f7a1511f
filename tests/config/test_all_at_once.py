"""One run finds every mistake: one hides another neither elsewhere nor in the other fields of its entry."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from tests.config.test_bad_files import diagnose

GOOD = {
    "name": "a",
    "to_url": "https://hooks.example.com/a?token=${TOKEN}",
    "event_types": "[Loan.CLOSED]",
}
# field → what may be wrong with it → the one finding about that
MISTAKES: dict[str, dict[str, str]] = {
    "name": {"12": "wrong-type", "manual-x": "out-of-scope", '""': "wrong-type", "!!x y": "yaml-tag"},
    "to_url": {
        "[https://hooks.example.com]": "wrong-type",
        "https://hooks.example.com:99999/": "invalid-url",
        "http://hooks.example.com/": "insecure-url",
        "https://10.1.2.3/": "unreachable-url",
        "https://hooks.example.com/?t=${NOT_SET}": "missing-variable",
        "https://hooks.example.com/?t=${EMPTY}": "empty-variable",
        '"https://hooks.example.com/${TOKEN"': "variable-syntax",
        "https://hooks.example.com/?t=${GH_TOKEN}": "reserved-variable",
        "https://${DEFACTO_API_KEY}.example.com/": "key-in-url",
        "https://hooks.example.com/?t=${COPIED}": "invisible-character",
        "https://hooks.example.com/?token=***": "masked-secret",
        "https://hooks.example.com/?token=abcd1234": "literal-secret",
        "https://hooks.slack.com/services/${TOKEN}": "slack-incoming-webhook",
        "https://hooks.example.com/{status}": "unused-placeholder",
    },
    "event_types": {
        "Loan.CLOSED": "wrong-type",
        "[]": "empty-event-types",
        "[Loan.CLOSD]": "unknown-event-type",
        "[Loan.CLOSED, 12]": "wrong-type",
        "[12]": "wrong-type",
        '["Nothing*"]': "empty-glob",
        "[Loan.OVERDUE]": "retired-event-type",
    },
    "environments": {"[nowhere]": "unknown-environment", "12": "wrong-type", "[12]": "wrong-type"},
    "one_per": {"each": "wrong-type"},
    "colour": {"red": "unknown-field"},
}
OF_VALUES = {"missing-variable", "empty-variable", "invisible-character"}
# What is no mistake as long as the other field is not known.
NOT_BESIDE = {
    ("missing-variable", "environments"),  # where an entry is not wanted, its variables count as set
    ("empty-variable", "environments"),
    ("invisible-character", "environments"),
    ("unused-placeholder", "one_per"),
}
ELSEWHERE = {
    "version: true\n": "unsupported-version",
    "webhook: []\n": "unknown-field",
    "default_environment: nowhere\n": "unknown-environment",
    "default_environment: 12\n": "wrong-type",
    "settings: 12\n": "wrong-type",
    "settings: {prune: maybe}\n": "wrong-type",
    "settings: {max_delete_percent: .inf}\n": "wrong-type",
    "settings: {protect: [12, billing-*]}\n": "wrong-type",
    "settings: {scope: {ignore: [12]}}\n": "wrong-type",
    "settings: {extra_event_types: [lower.case]}\n": "unknown-event-type",
    "settings: {prune: true, prune: true}\n": "duplicate-key",
}
ENVIRONMENTS = {
    "{api_key: '${KEY}'}": "missing-field",
    "{api_url: 12, api_key: '${KEY}'}": "wrong-type",
    "{api_url: nonsense, api_key: '${KEY}'}": "invalid-url",
    "{api_url: 'https://api.getdefacto.com?', api_key: '${KEY}'}": "invalid-url",
    "{api_url: 'https://api.getdefacto.com#x', api_key: '${KEY}'}": "invalid-url",
    "{api_url: 'http://api.example.com', api_key: '${KEY}'}": "insecure-url",
    "{api_url: 'https://api.getdefacto.com'}": "missing-api-key",
    "{api_url: 'https://api.getdefacto.com', api_key: '${NOT_SET}'}": "missing-variable",
    "{api_url: 'https://api.getdefacto.com', api_key: 'a b'}": "missing-api-key",
    "{api_url: 'https://api.example.com', api_key: '${KEY}'}": "untrusted-host",
    "{api_url: 'https://${KEY}.example.com', api_key: '${KEY}'}": "key-in-url",
    "{api_url: 'https://api.getdefacto.com', api_key: '${GITHUB_TOKEN}'}": "reserved-variable",
    "{api_url: 'https://api.getdefacto.com', api_key: '${X}', variables: {X: sk_live}}": "literal-secret",
    "{api_url: 'https://api.getdefacto.com', api_key: '${NOT_SET:-sk_live}'}": "literal-secret",
    "{api_url: 'https://api.getdefacto.com', api_key: '${KEY}', variables: {X: 12}}": "wrong-type",
    "{api_url: 'https://api.getdefacto.com', api_key: '${KEY}', region: eu}": "unknown-field",
    "12": "wrong-type",
}


def found(folder: Path, *files: str) -> list[str]:
    for number, text in enumerate(files):
        (folder / f"{number}.yaml").write_text(text)
    return sorted(diagnostic.code for diagnostic in diagnose(folder))


def file_of(entry: dict[str, str], top: str = "") -> str:
    settings = "" if "settings" in top else 'settings: {scope: {ignore: ["manual-*"]}}\n'
    fields = "\n".join(f"  {field}: {value}" for field, value in entry.items())
    version = "" if "version" in top else "version: 1\n"
    return f"{version}{top}{settings}webhooks:\n-{fields[1:]}\n"


def each_mistake() -> list[tuple[str, str, str]]:
    return [(field, value, code) for field, values in MISTAKES.items() for value, code in values.items()]


PAIRS = [(one, other) for one, other in combinations(each_mistake(), 2) if one[0] != other[0]]


def test_the_entry_without_a_mistake_is_good(tmp_path: Path) -> None:
    assert found(tmp_path, file_of(GOOD)) == []


def test_two_mistakes_in_one_entry_are_both_found(tmp_path: Path) -> None:
    for one, other in PAIRS:
        if (one[2], other[0]) in NOT_BESIDE:
            continue
        entry = {**GOOD, one[0]: one[1], other[0]: other[1]}
        assert found(tmp_path, file_of(entry)) == sorted([one[2], other[2]]), entry


def test_a_mistake_in_an_entry_is_found_beside_one_elsewhere(tmp_path: Path) -> None:
    for field, value, code in each_mistake():
        for top, elsewhere in ELSEWHERE.items():
            if code == "out-of-scope":  # the scope is in the settings that are wrong here
                continue
            assert found(tmp_path, file_of({**GOOD, field: value}, top)) == sorted([code, elsewhere]), top


@pytest.mark.parametrize(("environment", "code"), ENVIRONMENTS.items())
def test_a_mistake_in_an_environment_hides_nothing(tmp_path: Path, environment: str, code: str) -> None:
    top = f"environments: {{p: {environment}}}\n"
    assert found(tmp_path, file_of(GOOD, top)) == [code]
    for field, value, other in each_mistake():
        if other in {"unreachable-url", *OF_VALUES}:  # not if the API isn't known
            continue
        assert found(tmp_path, file_of({**GOOD, field: value}, top)) == sorted([code, other]), value


def test_an_environment_that_is_not_chosen_is_checked_too(tmp_path: Path) -> None:
    for environment, code in ENVIRONMENTS.items():
        top = f"default_environment: l\nenvironments: {{p: {environment}, l: {{api_url: embedded}}}}\n"
        of_the_chosen_one = {"missing-api-key", "missing-variable", "untrusted-host"}
        expected = [] if code in of_the_chosen_one and "a b" not in environment else [code]
        assert found(tmp_path, file_of(GOOD, top)) == expected, environment


def test_an_entry_of_another_environment_is_checked_with_its_variables_as_set(tmp_path: Path) -> None:
    top = (
        "default_environment: l\nenvironments:\n  l: {api_url: embedded}\n"
        "  p: {api_url: 'https://api.getdefacto.com', api_key: '${NOT_SET_KEY}'}\n"
    )
    for field, value, code in each_mistake():
        entry = {**GOOD, "environments": "[p]", field: value}
        expected = [] if code in OF_VALUES else [code]
        assert found(tmp_path, file_of(entry, top)) == expected, value


@pytest.mark.parametrize("broken", ["webhooks: [", "\x00", "[]", "- a", "", "a: !!x {}\n"])
def test_a_file_that_can_not_be_read_hides_nothing_of_the_others(tmp_path: Path, broken: str) -> None:
    alone = found(tmp_path, broken)
    assert len(alone) in {1, 2, 3}
    for field, value, code in each_mistake():
        if code in {"unknown-environment", "unknown-event-type", "empty-glob"} and "a:" not in broken:
            continue  # what it is that does not exist here may be in that file
        if code in {"unreachable-url", *OF_VALUES}:
            continue
        assert found(tmp_path, broken, file_of({**GOOD, field: value})) == sorted([*alone, code]), value


def test_one_slip_is_one_finding(tmp_path: Path) -> None:
    for wrong, right in (
        ("url", "to_url"),
        ("events", "event_types"),
        ("Name", "name"),
        ("to-url", "to_url"),
    ):
        entry = {wrong if field == right else field: value for field, value in GOOD.items()}
        (tmp_path / "webhooks.yaml").write_text(file_of(entry))
        [slip] = diagnose(tmp_path / "webhooks.yaml")
        assert (slip.code, slip.hint) == ("unknown-field", f"did you mean `{right}`?")


def test_a_merge_key_is_told_instead_of_the_fields_that_it_would_bring(tmp_path: Path) -> None:
    merged = "version: 1\nwebhooks:\n- {<<: {name: a, to_url: 'https://h.example.com'}, event_types: ['*']}\n"
    assert found(tmp_path, merged) == ["unknown-field"]
