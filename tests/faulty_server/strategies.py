"""Random accounts and fault schedules, from small alphabets, so that everything collides all the time.

They keep to what the promises assume: a list does not show what is gone, and no other writer is at work than
an apply of the same file.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.faulty_server.account import Creates, Ids, Stored
from tests.faulty_server.faults import (
    REWRITES,
    CutOff,
    Drip,
    Fault,
    ForeignPage,
    Full,
    HalfJson,
    Hang,
    Html,
    Late,
    Lingers,
    LyingCount,
    On,
    PageLoop,
    Redirect,
    RefusesTwins,
    Reset,
    SecondWriter,
    Short,
    Stale,
    Status,
    StoresOther,
    Target,
    TellsOther,
    Upserts,
    When,
    WrongType,
)
from tests.faulty_server.listing import Count
from tests.faulty_server.messages import Call

NAMES = ("a", "b", "c", "ab", "manual-x")
URLS = ("https://one.example.com/?t=1", "https://two.example.com/?t=1", "https://one.example.com/?t=2")
EVENTS = ("Loan.CLOSED", "Loan.TO_REPAY", "Payment.PAID")
PASSING = (500, 502, 503, 504)
REFUSALS = (400, 401, 403, 404, 422)
WRONG_BODIES = ("{}", "null", '"a"', "7", '{"data": null}', '{"data": {}}', '{"data": [{}]}', "[7]")

_WHENS = st.sampled_from(When)
_MAX_TIMES = 5  # in a row: more than a client's retries


def accounts() -> st.SearchStrategy[list[Stored]]:
    """Accounts with twins and overlaps. Ids are in no order ("10" < "9")."""
    row = st.builds(
        Stored,
        st.integers(1, 120).map(str),
        st.sampled_from(NAMES),
        st.sampled_from(URLS),
        st.lists(st.sampled_from(EVENTS), min_size=1, unique=True).map(tuple),
    )
    return st.lists(row, max_size=6, unique_by=lambda stored: str(stored.id))


def lost_answers(*, hangs: bool = False) -> st.SearchStrategy[Fault]:
    """On any call: nothing readable comes back. `hangs` cost the client's whole time-out each."""
    kinds: list[st.SearchStrategy[Fault]] = [
        st.builds(Reset, when=_WHENS),
        st.builds(Status, st.sampled_from(PASSING), html=st.booleans(), when=_WHENS),
        st.builds(CutOff, reset=st.booleans(), when=_WHENS),
        st.builds(HalfJson, when=_WHENS),
        st.builds(Html, when=_WHENS),
        st.builds(WrongType, st.sampled_from(WRONG_BODIES), when=_WHENS),
    ]
    if hangs:
        kinds += [
            st.builds(Hang, when=_WHENS),
            st.builds(Drip, st.just(5.0), when=_WHENS),  # nobody waits for its end
            st.just(Drip(pause_s=0.05, when=When.AFTER)),  # slow, and true
        ]
    return st.one_of(kinds)


def refusals(*, lies: bool = False) -> st.SearchStrategy[Fault]:
    """On any call: a clear no, that is true; with `lies` also after the request was carried out.

    A 429 is one that asks for no wait, so that examples stay quick.
    """
    when = _WHENS if lies else st.just(When.BEFORE)
    return st.one_of(
        st.builds(Status, st.sampled_from(REFUSALS), echo=st.booleans(), when=when),
        st.builds(
            Status, st.just(429), retry_after=st.sampled_from([None, 0]), as_date=st.booleans(), when=when
        ),
        st.builds(
            Redirect,
            st.sampled_from([301, 302, 303, 307, 308]),
            st.sampled_from([Target.OTHER, Target.SAME]),
            when=when,
        ),
    )


def late_changes(*, hangs: bool = False) -> st.SearchStrategy[Fault]:
    """On writes: carried out some requests later, when the client no longer waits."""
    answers: list[Fault] = [Reset(), Status(504)]
    if hangs:
        answers.append(Hang())
    return st.builds(Late, st.integers(1, 6), reply=st.sampled_from(answers))


def doubtful_reads() -> st.SearchStrategy[Fault]:
    """On GET /webhooks: a list that is wrong in a way that can be noticed."""
    return st.one_of(
        st.builds(LyingCount, st.sampled_from([-1, 1]), st.booleans()),
        st.builds(Short, st.integers(1, 3), from_end=st.booleans()),
        st.builds(PageLoop, to_first=st.booleans()),
        st.builds(ForeignPage, st.sampled_from([Target.OTHER, Target.NO_SCHEME, Target.USERINFO])),
    )


def stale_reads() -> st.SearchStrategy[Fault]:
    """On GET /webhooks: what was added lately is missing."""
    return st.builds(Stale, st.integers(1, 4), shows_gone=st.just(False))


def ways() -> st.SearchStrategy[list[Fault]]:
    """What a server may be like, on every request."""
    return st.lists(
        st.one_of(
            st.builds(StoresOther, st.sampled_from(REWRITES), hides_it=st.booleans()),
            st.just(Upserts()),
            st.just(TellsOther()),
            st.just(RefusesTwins()),
            st.builds(Full, st.integers(0, 6)),
            st.builds(Lingers, st.sampled_from([0.5, 3.0, 60.0])),
            st.builds(Late, seconds=st.sampled_from([0.5, 3.0, 60.0]), reply=st.just(Status(202))),
        ),
        min_size=1,
        max_size=2,
        unique_by=type,
    )


def same_file_writers(wanted: Sequence[tuple[str, str, Sequence[str]]]) -> st.SearchStrategy[Fault]:
    """A second writer that only makes what the file wants (name, URL, event types), like another apply."""
    acts = [Creates(name, url, tuple(events)) for name, url, events in wanted]
    return st.builds(SecondWriter, st.sampled_from(acts), when=_WHENS) if acts else st.nothing()


def on(
    calls: Sequence[Call],
    faults: st.SearchStrategy[Fault],
    *,
    max_nth: int = 4,
    max_times: int = 1,
) -> st.SearchStrategy[On]:
    """One of `faults` on one of `calls`."""
    return st.builds(On, st.sampled_from(calls), st.integers(1, max_nth), faults, st.integers(1, max_times))


def schedules(
    *,
    reads: bool = True,
    stale: bool = True,
    lies: bool = False,
    hangs: bool = False,
    same_file: Sequence[tuple[str, str, Sequence[str]]] = (),
    max_size: int = 6,
    max_nth: int = 4,
) -> st.SearchStrategy[list[On]]:
    """Fault schedules: on calls that change something, and on what else is chosen.

    `reads`: on the list. `stale`: lists that miss what is new. `lies`: refusals of what was carried out.
    `hangs`: needs a client with a short time-out. `same_file`: the contents that a second apply of the same
    file would create meanwhile.
    """
    answers = st.one_of(lost_answers(hangs=hangs), refusals(lies=lies))
    write_calls = (Call.WRITE, Call.CREATE, Call.DELETE, Call.PATCH)
    chosen = [
        on(write_calls, answers, max_nth=max_nth, max_times=_MAX_TIMES),
        on(write_calls, late_changes(hangs=hangs), max_nth=max_nth),
    ]
    if reads:
        chosen.append(
            on((Call.LIST,), st.one_of(answers, doubtful_reads()), max_nth=max_nth, max_times=_MAX_TIMES)
        )
    if stale:
        chosen.append(on((Call.LIST,), stale_reads(), max_nth=max_nth))
    if same_file:
        chosen.append(on((Call.ANY,), same_file_writers(same_file), max_nth=2 * max_nth))
    return st.lists(st.one_of(chosen), max_size=max_size)


# (page_size, count): such that a short page is noticed. Where `count` is each page's, or absent, it need
# not be: two pages of 1, one of them empty, both with a count of 1, look like a list of 1.
envelopes = st.sampled_from([(100, Count.TOTAL), (100, Count.PAGE), (1, Count.TOTAL), (2, Count.TOTAL)])
ids = st.sampled_from(Ids)
