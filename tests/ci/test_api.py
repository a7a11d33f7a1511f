"""The client of GitHub's API, where GitHub does not do what is asked."""

from __future__ import annotations

import ssl
from dataclasses import replace

import httpx
import pytest

from defacto_webhooks.ci.github.api import GitHub
from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction import Secret
from tests.answering import answering
from tests.faulty_server.messages import Answer, Received, as_json

TOKEN = "C4naRy"
MARKER = "<!-- ours -->"


class Scripted:
    """Gives the answers in turn, the last one for ever; `seen` is what came."""

    def __init__(self, *answers: Answer | None) -> None:
        self.answers = list(answers)
        self.seen: list[Received] = []

    def __call__(self, request: Received) -> Answer | None:
        self.seen.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def comment(script: Scripted) -> str:
    """Looks for our comment: one read."""
    with answering(script) as url, GitHub(url, "acme/hooks", Secret(TOKEN), "bot", pause_s=0) as github:
        return github.comment(7, MARKER)


def refusal(script: Scripted) -> UserError:
    with pytest.raises(UserError) as caught:
        comment(script)
    assert TOKEN not in f"{caught.value} {caught.value.hint}"
    return caught.value


FOUND = as_json(200, [{"id": 1, "user": {"login": "bot"}, "body": f"{MARKER}\nplan"}])
FAILED = as_json(502, {"message": "Server Error"})


@pytest.mark.parametrize("bad", [FAILED, None, Answer(429, b"{}", headers=(("Retry-After", "0"),))])
def test_a_read_is_tried_three_times(bad: Answer | None) -> None:
    assert comment(Scripted(bad, bad, FOUND)) == f"{MARKER}\nplan"
    script = Scripted(bad)
    refusal(script)
    assert len(script.seen) == 3


@pytest.mark.parametrize("bad", [FAILED, None])
def test_what_changes_something_is_sent_once(bad: Answer | None) -> None:
    script = Scripted(bad)
    with (
        answering(script) as url,
        GitHub(url, "acme/hooks", Secret(TOKEN), "bot", pause_s=0) as github,
        pytest.raises(UserError, match="POST issues/7/comments"),
    ):
        github.add_comment(7, "text")
    assert len(script.seen) == 1


@pytest.mark.parametrize(
    ("status", "message", "headers", "hint"),
    [
        (401, "Bad credentials", {}, "github-token"),
        (403, "Resource not accessible by integration", {}, "pull-requests: write"),
        (404, "Not Found", {}, "pull-requests: write"),
        (403, "Unable to create comment because issue is locked.", {}, "unlock"),
        (403, "API rate limit exceeded", {"x-ratelimit-remaining": "0"}, "rate limit"),
        (422, "Validation Failed\x1b[31m\n::error::x", {}, "run the job again"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, message: str, headers: dict[str, str], hint: str) -> None:
    answer = as_json(status, {"message": message})
    script = Scripted(replace(answer, headers=tuple(headers.items())))
    error = refusal(script)
    assert str(status) in error.message
    assert hint in error.hint
    assert error.message.isprintable()


def linked(to: str) -> Answer:
    return Answer(200, b"[]", headers=(("Link", f'<{to}>; rel="next"'),))


# `@` is the port of somebody else.
ELSEWHERE = [
    "http://127.0.0.1:@/repos/acme/hooks/x",
    "http://127.0.0.1:@/repositories/1300192/x",
    "//127.0.0.1:@/repos/acme/hooks/x",
    "http://localhost:@/repos/acme/hooks/x",
    "https://127.0.0.1:@/x",
    "http://[x",
]


@pytest.mark.parametrize("to", ELSEWHERE)
def test_the_token_goes_to_no_other_server(to: str) -> None:
    elsewhere = Scripted(FOUND)
    with answering(elsewhere) as other:
        to = to.replace("@", other.rpartition(":")[2])
        assert "another server" in refusal(Scripted(linked(to))).message
        refusal(Scripted(Answer(302, b"", headers=(("Location", to),))))
    assert elsewhere.seen == []


@pytest.mark.parametrize(
    "to",
    ["/repositories/1300192/issues/7/comments?page=2", "/api/v3/repositories/1/issues/7/comments?page=2"],
)
@pytest.mark.parametrize("with_host", [True, False])
def test_a_page_of_this_server_may_have_any_path(to: str, with_host: bool) -> None:
    """GitHub's links name the repository by its number."""
    script = Scripted(as_json(200, []), FOUND)
    with answering(script) as url:
        script.answers[0] = linked(f"{url if with_host else ''}{to}")
        with GitHub(f"{url}/api/v3", "acme/hooks", Secret(TOKEN), "bot", pause_s=0) as github:
            assert github.comment(7, MARKER)
    assert script.seen[1].target == to
    assert script.seen[1].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("token", ["", "C4na\nRy", "C4na Ry", "C4n\xe1Ry", "C4n\udce9Ry"])
def test_a_token_that_can_not_be_sent_is_named(token: str) -> None:
    script = Scripted(FOUND)
    with (
        answering(script) as url,
        GitHub(url, "acme/hooks", Secret(token), "bot", pause_s=0) as github,
    ):
        for ask in (lambda: github.comment(7, MARKER), lambda: github.add_comment(7, "text")):
            with pytest.raises(UserError, match="the input github-token is empty, or contains") as caught:
                ask()
            assert "C4n" not in f"{caught.value.message}{caught.value.hint}"
    assert script.seen == []


NESTED = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[[]", b"[[]]", b"[1]", b'"x"', NESTED])
def test_an_answer_that_is_none(body: bytes) -> None:
    assert "not what its API documents" in refusal(Scripted(Answer(200, body))).message


@pytest.mark.parametrize(
    "body", [NESTED, b'{"message":' + NESTED + b"}", b'{"message": ["x"]}', b"[]", b"1", b"\xff"]
)
def test_a_refusal_in_words_that_nobody_can_read(body: bytes) -> None:
    error = refusal(Scripted(Answer(403, body)))
    assert error.message == "GitHub refused GET issues/7/comments: 403 Forbidden"
    assert "pull-requests: write" in error.hint


@pytest.mark.parametrize(
    "error", [ssl.SSLError(1, "[SSL] record layer failure"), OSError(5, "Input/output error")]
)
def test_what_breaks_below_the_client_is_no_answer(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(httpx.AsyncClient, "request", breaks)
    assert (
        f"no answer from GitHub to GET issues/7/comments ({type(error).__name__})"
        in refusal(Scripted(FOUND)).message
    )


@pytest.mark.parametrize(
    ("api_url", "repository"),
    [
        ("http://[::1", "acme/hooks"), ("http://127.0.0.1:99999999", "acme/hooks"),
        ("api.github.com", "acme/hooks"), ("ftp://127.0.0.1", "acme/hooks"), ("https://", "acme/hooks"),
        ("https://127.0.0.1", "acme/\x00"),
    ],
)  # fmt: skip
def test_a_server_that_is_no_url_is_named(api_url: str, repository: str) -> None:
    with pytest.raises(UserError, match="GITHUB_API_URL") as caught:
        GitHub(api_url, repository, Secret(TOKEN), "bot")
    assert caught.value.message.isprintable()
