"""Random accounts and fault schedules, from small alphabets, so that everything collides all the time.

What a promise assumes decides what may be drawn for it: a list does not show what is gone, and no other
writer is at work than an apply of the same file. The defaults keep to that. What breaks an assumption has to
be asked for (`unsound`, `any_writer`), for tests of how far the promises reach beyond it.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.faulty_server.account import Creates, Deletes, Ids, Patches, Stored
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


def accounts(
    *,
    names: Sequence[str] = NAMES,
    urls: Sequence[str] = URLS,
    events: Sequence[str] = EVENTS,
    max_size: int = 6,
    numbers: bool = False,
) -> st.SearchStrategy[list[Stored]]:
    """Accounts with twins and overlaps. Ids are strings in no order ("10" < "9"), or (`numbers`) numbers."""
    numeric = st.integers(1, 120)
    ids: st.SearchStrategy[str | int] = numeric if numbers else numeric.map(str)
    row = st.builds(
        Stored,
        ids,
        st.sampled_from(names),
        st.sampled_from(urls),
        st.lists(st.sampled_from(events), min_size=1, unique=True).map(tuple),
    )
    return st.lists(row, max_size=max_size, unique_by=lambda stored: str(stored.id))


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


def distortions() -> st.SearchStrategy[Fault]:
    """On POST and PATCH: something else is stored than was sent. Breaks promises, if not silently."""
    return st.builds(StoresOther, st.sampled_from(REWRITES), hides_it=st.booleans())


def doubtful_reads() -> st.SearchStrategy[Fault]:
    """On GET /webhooks: a list that is wrong in a way that can be noticed."""
    return st.one_of(
        st.builds(LyingCount, st.sampled_from([-1, 1]), st.booleans()),
        st.builds(Short, st.integers(1, 3), from_end=st.booleans()),
        st.builds(PageLoop, to_first=st.booleans()),
        st.builds(ForeignPage, st.sampled_from([Target.OTHER, Target.NO_SCHEME, Target.USERINFO])),
    )


def stale_reads(*, unsound: bool = False) -> st.SearchStrategy[Fault]:
    """On GET /webhooks: what was added lately is missing; `unsound` lists also show what is gone, or are
    short with a `count` that fits.
    """
    stale = st.builds(Stale, st.integers(1, 4), shows_gone=st.just(False))
    if not unsound:
        return stale
    return st.one_of(
        stale,
        st.builds(Stale, st.integers(1, 4), shows_gone=st.just(True)),
        st.builds(Short, st.integers(1, 3), from_end=st.booleans(), honest_count=st.just(True)),
    )


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


def any_writers(
    names: Sequence[str] = NAMES, urls: Sequence[str] = URLS, events: Sequence[str] = EVENTS
) -> st.SearchStrategy[Fault]:
    """A second writer that does anything."""
    name, url = st.sampled_from(names), st.sampled_from(urls)
    types = st.lists(st.sampled_from(events), min_size=1, unique=True).map(tuple)
    position = st.integers(0, 5)
    act = st.one_of(
        st.builds(Creates, name, url, types),
        st.builds(Deletes, position),
        st.builds(
            Patches, position, name=st.none() | name, to_url=st.none() | url, event_types=st.none() | types
        ),
    )
    return st.builds(SecondWriter, act, when=_WHENS)


def on(
    calls: Sequence[Call],
    faults: st.SearchStrategy[Fault],
    *,
    max_nth: int = 4,
    max_times: int = 1,
) -> st.SearchStrategy[On]:
    """One of `faults` on one of `calls`. More than one time in a row outlasts the client's retries."""
    return st.builds(On, st.sampled_from(calls), st.integers(1, max_nth), faults, st.integers(1, max_times))


def schedules(
    *,
    writes: bool = True,
    reads: bool = True,
    stale: bool = True,
    unsound: bool = False,
    lies: bool = False,
    distorts: bool = False,
    hangs: bool = False,
    same_file: Sequence[tuple[str, str, Sequence[str]]] = (),
    any_writer: bool = False,
    max_size: int = 6,
    max_nth: int = 4,
    max_times: int = 5,
) -> st.SearchStrategy[list[On]]:
    """Fault schedules. The first five switches choose what a promise's assumptions allow.

    `writes`/`reads`: faults on calls that change something, on the list. `stale`: lists that miss what is
    new. `unsound`: lists that show what is gone or hide what is there. `lies`: refusals of what was carried
    out. `distorts`: stores something else. `hangs`: needs a client with a short time-out. `same_file`: the
    contents that a second apply of the same file would create meanwhile. `any_writer`: anyone, anything.
    """
    answers = st.one_of(lost_answers(hangs=hangs), refusals(lies=lies))
    chosen: list[st.SearchStrategy[On]] = []
    write_calls = (Call.WRITE, Call.CREATE, Call.DELETE, Call.PATCH)
    if writes:
        chosen.append(on(write_calls, answers, max_nth=max_nth, max_times=max_times))
        chosen.append(on(write_calls, late_changes(hangs=hangs), max_nth=max_nth))
    if writes and distorts:
        chosen.append(on((Call.CREATE, Call.PATCH), distortions(), max_nth=max_nth))
    if reads:
        read_faults = st.one_of(answers, doubtful_reads())
        chosen.append(on((Call.LIST,), read_faults, max_nth=max_nth, max_times=max_times))
    if stale or unsound:
        chosen.append(on((Call.LIST,), stale_reads(unsound=unsound), max_nth=max_nth))
    if same_file:
        chosen.append(on((Call.ANY,), same_file_writers(same_file), max_nth=2 * max_nth))
    if any_writer:
        chosen.append(on((Call.ANY,), any_writers(), max_nth=2 * max_nth))
    return st.lists(st.one_of(chosen), max_size=max_size) if chosen else st.just([])


# (page_size, count): such that a short page is noticed. Where `count` is each page's, or absent, it need
# not be: two pages of 1, one of them empty, both with a count of 1, look like a list of 1.
envelopes = st.sampled_from([(100, Count.TOTAL), (100, Count.PAGE), (1, Count.TOTAL), (2, Count.TOTAL)])
any_envelopes = st.tuples(st.sampled_from([100, 1, 2]), st.sampled_from(Count))
ids = st.sampled_from(Ids)
seeds = st.integers(0, 99)
