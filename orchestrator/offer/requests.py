"""What a store remembers of the pull requests that carry components: before they go out, and until they went.

A row of the outbox each, as of everything that lies somewhere. Only `orch share` opens one; a push adopts
what a share that was cut off left there, and takes away what was withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from orchestrator import git
from orchestrator.clock import now
from orchestrator.config.group import Slot
from orchestrator.desk import Desk
from orchestrator.errors import OrchError, RefusedError, TransientError
from orchestrator.i18n import _
from orchestrator.model import Insight, Kind, insight_id
from orchestrator.offer.branch import branch_key, branch_made_for
from orchestrator.offer.share import Shared, Sharing
from orchestrator.plain_name import bare_name
from orchestrator.remote import Entry, Observed
from orchestrator.request_key import former_key, known_as, request_key
from orchestrator.store.outbox import Row
from orchestrator.wishes import FORGE, target_of


def requests_of(desk: Desk, insight: Insight) -> list[Row]:
    """What is known of the pull requests that carry this component."""
    keys = _keys(desk, insight)
    rows = (row for key in (*keys, *_former_keys(desk, keys)) for row in desk.store.outbox.of(key))
    return [row for row in rows if row.remote == FORGE]


def rewish_requests(desk: Desk, insight: Insight) -> None:
    """Wish the pull requests of a withdrawn component away, those of any other as they are.

    Also those that this clone knows nothing of: another one may have opened them, so the next push asks. The
    caller holds the transaction. What is merged only a revert takes back, which the next push says.
    """
    if insight.record.kind is not Kind.COMPONENT:
        return
    withdrawn = insight.state == "withdrawn"
    for row in requests_of(desk, insight):
        held = "" if withdrawn else row.wanted_hash or row.sent_hash
        desk.store.outbox.want(row.key, {(row.remote, row.target): held} if held else {})
        if not (withdrawn or held):
            desk.store.outbox.forget(row)  # it was only to be looked for
    config = desk.group.remotes.get(Slot.FORGE)
    if withdrawn and config is not None:
        for key in _keys(desk, insight):
            desk.store.outbox.take_away(key, [(FORGE, target_of(config))])


def take_back_requests(desk: Desk) -> list[str]:
    """Wish every pull request of the company away, also where no learning is about it; their keys."""
    with desk.store.transaction():
        places = (target for remote, target in desk.store.outbox.places() if remote == FORGE)
        keys = dict.fromkeys(row.key for place in places for row in desk.store.outbox.at(FORGE, place))
        for key in keys:
            desk.store.outbox.want(key, {})
    return list(keys)


def _keys(desk: Desk, insight: Insight) -> list[str]:
    folders = _folders(desk, insight)
    return sorted({request_key(folder, desk.company, to) for folder in folders for to in _others(desk)})


def _folders(desk: Desk, insight: Insight) -> list[str]:
    """Where the component lies that a learning is about: its own folder, else all of that name."""
    catalogue = desk.store.catalogue
    named = {f: name for f, name in catalogue.names().items() if bare_name(name) == insight.record.component}
    ids = {f: insight_id(desk.company, Kind.COMPONENT, t) for f, t in catalogue.seen().topics.items()}
    return [f for f, key in ids.items() if key == insight.id] or [f for f in named if f not in ids]


def _others(desk: Desk) -> list[str]:
    return [c.id for c in desk.group.companies if c.id != desk.company]


def _former_keys(desk: Desk, keys: Collection[str]) -> list[str]:
    """The keys that an earlier version gave these, but for those that may be another component's."""
    return [former for former, (key, *others) in _by_former(desk).items() if key in keys and not others]


def _by_former(desk: Desk) -> dict[str, list[str]]:
    """{key of an earlier version: the keys of all components of the company that it may mean}."""
    found: dict[str, list[str]] = {}
    for folder in desk.store.catalogue.names():
        for to in _others(desk):
            key = request_key(folder, desk.company, to)
            found.setdefault(former_key(folder, desk.company, to), []).append(key)
    return found


def rename_former(desk: Desk, repository: git.Repository) -> None:
    """Give rows of an earlier version's keys the present ones, where it can be told whose they are.

    The branch's commit tells, as this clone knows it, also of a component that the store has no more; else
    the only one that may be meant.
    """
    config = desk.group.remotes.get(Slot.FORGE)
    remote = config.options.get("remote", "origin") if config else ""
    with desk.store.transaction():
        for former, keys in _by_former(desk).items() if config else ():
            rows = [row for row in desk.store.outbox.of(former) if row.remote == FORGE]
            told = branch_key(repository, remote, former) if rows else ""
            if told in ("", former):  # no branch here, or one whose commit says nothing
                told = keys[0] if len(keys) == 1 else ""
            for row in rows if told else ():
                desk.store.outbox.rename(row, told)


def branch_in_use(desk: Desk, repository: git.Repository, sharing: Sharing, remote: str) -> str:
    """The branch that a share goes to, as this clone knows it: that of its pull request while it is open.

    One that an earlier version opened keeps its own.
    """
    key = request_key(sharing.folder, sharing.origin, sharing.to)
    rows = (row for name in known_as(key) for row in desk.store.outbox.of(name) if row.remote == FORGE)
    is_open = any(row.ref and row.status == "open" for row in rows)
    return (branch_made_for(repository, remote, key) if is_open else "") or sharing.branch


def require_not_withdrawn(desk: Desk, sharing: Sharing) -> None:
    """Raise RefusedError where a person withdrew every learning about that component."""
    states = ("active", "withdrawn")
    told = [
        i
        for i in desk.store.insights.listing(kinds=(Kind.COMPONENT,), states=states)
        if sharing.folder in _folders(desk, i)
    ]
    if told and all(i.state == "withdrawn" for i in told):
        raise RefusedError(
            _("{name} was withdrawn: it is not shared").format(name=sharing.name),
            _("to share it after all: orch review --approve {id}, then run this again").format(id=told[0].id),
        )


class Attempt:
    """To be entered before anything goes out: from then on a withdrawal reaches it, whatever becomes of us.

    What fails for certain before the branch was pushed (`noting`) leaves no trace. Raises RefusedError for a
    component that is withdrawn by now.
    """

    def __init__(self, desk: Desk, entry: Entry, sharing: Sharing) -> None:
        self._desk, self._entry, self._sharing = desk, entry, sharing
        self._place = (FORGE, target_of(desk.group.remotes[Slot.FORGE]))
        self._before: Row | None = None
        self._out = False

    def noting(self, push: Callable[[Entry], str]) -> Callable[[Entry], str]:
        """The same, and that it came to its end."""

        def noted(entry: Entry) -> str:
            branch = push(entry)
            self._out = True
            return branch

        return noted

    def __enter__(self) -> None:
        outbox, key = self._desk.store.outbox, self._entry.key
        with self._desk.store.transaction():
            require_not_withdrawn(self._desk, self._sharing)
            self._before = _row(self._desk, key, self._place)
            outbox.want(key, {self._place: self._entry.hash})
            outbox.sending(filter(None, [_row(self._desk, key, self._place)]), now())

    def __exit__(self, kind: object, value: BaseException | None, trace: object) -> None:
        nothing = isinstance(value, OrchError) and not (value.in_doubt or isinstance(value, TransientError))
        if nothing and not self._out:
            with self._desk.store.transaction():
                self._as_before()

    def _as_before(self) -> None:
        outbox, before = self._desk.store.outbox, self._before
        row = _row(self._desk, self._entry.key, self._place)
        if row is None or row.wanted_hash != self._entry.hash:
            return  # withdrawn meanwhile
        if before is None:
            outbox.forget(row)
        else:
            outbox.want(row.key, {self._place: before.wanted_hash})
            outbox.release(before, before.error)


def remember(desk: Desk, entry: Entry, shared: Shared) -> None:
    """Keep where the pull request is, so that `orch pull` can look what became of it.

    One that was withdrawn meanwhile is due: the next push takes it away.
    """
    place = (FORGE, target_of(desk.group.remotes[Slot.FORGE]))
    seen = Observed(entry.key, shared.ref, entry.hash, "", shared.url, shared.status)
    with desk.store.transaction():
        row = _row(desk, entry.key, place)
        if row is None or row.wanted_hash:  # else it was withdrawn meanwhile
            desk.store.outbox.want(entry.key, {place: entry.hash})
            row = _row(desk, entry.key, place)
        if row is not None:
            desk.store.outbox.settle(row, entry.hash, seen, now())


def _row(desk: Desk, key: str, place: tuple[str, str]) -> Row | None:
    return next((r for r in desk.store.outbox.of(key) if (r.remote, r.target) == place), None)
