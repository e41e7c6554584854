"""The second step of a push: objects of one insight link to each other, once both have an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.clock import now
from orchestrator.reconcile.claim import is_still_wished
from orchestrator.reconcile.rendering import Due, render, sister_of
from orchestrator.reconcile.run import Run
from orchestrator.reconcile.standing import require_place
from orchestrator.remote import Done, Entry, Linking, Observed, Remembering
from orchestrator.store.outbox import Row

BATCH = 100


def connect(run: Run, only: Sequence[str] | None) -> None:
    """Link what is there and does not link yet; `only` restricts to these keys.

    Nothing is marked as sent: a link is put by a stable key, so that a second time changes nothing.
    """
    sister, place = sister_of(run.desk, run.report.name), (run.report.name, run.target)
    if sister is None or not isinstance(run.remote, Linking) or run.report.error:
        return
    keys = [k for k in run.desk.store.links.missing(place, sister) if only is None or k in only]
    if not keys or run.paused(len(keys)):
        return
    run.batch = []
    with run.contained():
        if not run.anew:
            require_place(run.desk, run.remote, run.target)
        for start in range(0, len(keys), BATCH):
            run.left = len(keys) - start
            _connect(run, keys[start : start + BATCH])


def _connect(run: Run, keys: Sequence[str]) -> None:
    assert isinstance(run.remote, Linking)  # noqa: S101 - `connect` has asked
    rows = {row.key: row for key in keys for row in run.desk.store.outbox.of(key) if _here(run, row)}
    if isinstance(run.remote, Remembering):
        run.remote.remember({row.key: row.ref for row in rows.values()})
    seen = run.remote.find(list(rows))
    items = [(seen[key], entry) for key, row in rows.items() if key in seen and (entry := _entry(run, row))]
    for there, entry in items:
        if not _open(there, entry):  # a person changed it, or the link is there already
            _observe(run, rows[entry.key], there)
    unlinked = [(there, entry) for there, entry in items if _open(there, entry)]
    for start in range(0, len(unlinked), run.remote.together):
        _link(run, rows, unlinked[start : start + run.remote.together])


def _link(run: Run, rows: Mapping[str, Row], items: Sequence[tuple[Observed, Entry]]) -> None:
    """A link may be written with the whole text: what was taken back meanwhile is left alone."""
    assert isinstance(run.remote, Linking)  # noqa: S101 - `connect` has asked
    still = [i for i in items if is_still_wished(run.desk, Due(rows[i[1].key], i[1]))]
    for result in run.remote.link(still):
        if isinstance(result, Done):
            _observe(run, rows[result.key], result.observed)
            run.report.links += 1
        elif not result.conflict:
            with run.desk.store.transaction():
                run.desk.store.links.refuse(result.key, (run.report.name, run.target), result.reason)
            run.report.refused[result.key] = result.reason


def _here(run: Run, row: Row) -> bool:
    return (row.remote, row.target) == (run.report.name, run.target)


def _entry(run: Run, row: Row) -> Entry | None:
    """What lies there, with its link; None where it is not what it should be."""
    due = render(run.desk, row)
    fits = due.entry is not None and not due.refused and due.entry.hash == row.sent_hash
    return due.entry if fits else None


def _open(there: Observed, entry: Entry) -> bool:
    return not there.edited and there.hash == entry.hash and there.link != entry.link


def _observe(run: Run, row: Row, seen: Observed) -> None:
    with run.desk.store.transaction():
        run.desk.store.outbox.observe(row, seen, now())
