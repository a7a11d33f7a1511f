"""What an approved plan is to bring about, asked of a read of the account: pure.

A step that adds has a content that is to be there; a step that deletes has an id that is to be gone.
Neither is looked up again by name, so it does not matter how the account came to be as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from defacto_webhooks.plan import Action, Change, Step
from defacto_webhooks.subscription import RemoteSubscription, Subscription


class Read:
    """One read of the account, made quick to ask."""

    def __init__(self, remotes: Iterable[RemoteSubscription]) -> None:
        self.remotes = tuple(remotes)
        self.contents = {remote.id: remote.content for remote in self.remotes}
        # Of each content the smallest id, which comes last: everyone keeps that one.
        by_id = sorted(self.remotes, key=lambda remote: remote.id, reverse=True)
        self.keepers = {remote.content: remote.id for remote in by_id}


def is_open(step: Step, read: Read, wanted: Collection[Subscription]) -> bool:
    """Whether what `step` is to bring about is still missing. `wanted` is what the whole file wants.

    A subscription that is to go, and became the one that keeps a wanted content meanwhile, is to stay.
    """
    if step.after is not None:
        return step.after not in read.keepers
    content = read.contents.get(step.id or "")
    return content is not None and not (content in wanted and read.keepers[content] == step.id)


def spare_copies(
    read: Read, first: Read, kept: Collection[Subscription], known: Collection[Step]
) -> Iterator[Change]:
    """Exact copies of what stays that no step in `known` takes away: a create that landed late, another's.

    Where the one that would stay was changed in place since the `first` read, none: another apply may have
    planned to replace it, and will delete it.
    """
    for remote in read.remotes:
        keeper = read.keepers[remote.content]
        step = Step.delete(remote)
        is_as_it_was = first.contents.get(keeper, remote.content) == remote.content
        if remote.content in kept and remote.id != keeper and is_as_it_was and step not in known:
            yield Change(
                action=Action.DELETE,
                name=remote.content.name,
                reason=f"a copy of {keeper}, which stays",
                existing=remote,
                desired=None,
                steps=(step,),
            )
