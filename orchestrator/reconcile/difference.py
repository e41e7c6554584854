"""What a remote holds against what would be sent, as unified lines. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from orchestrator.i18n import _
from orchestrator.reconcile.plan import Action, Step
from orchestrator.remote import Content, Readable, Remote

ASKED = (Action.UPDATE, Action.CONFLICT, Action.RETRACT)  # steps whose objects are read for a plan
CONTEXT = 2


@dataclass(frozen=True, slots=True)
class Difference:
    """Both sides in the remote's own form; `held` None: nothing is there, `wanted` None: nothing shall be."""

    held: Content | None
    wanted: Content | None

    def lines(self) -> list[str]:
        """Lines that begin with `-` (held), `+` (wanted), ` ` or `@@`; none where both read the same."""
        held, wanted = list(_told(self.held, self.wanted)), list(_told(self.wanted, self.wanted))
        found = difflib.unified_diff(held, wanted, n=CONTEXT, lineterm="")
        return list(islice(found, 2, None))  # without the names of two files


def _told(content: Content | None, wanted: Content | None) -> Iterator[str]:
    """One side as lines. Labels that people added are left out: they stay where they are."""
    if content is None:
        return
    yield _("title: {text}").format(text=content.title)
    ours = [n for n in content.labels if wanted is None or n in wanted.labels]
    if ours:
        yield _("labels: {names}").format(names=", ".join(sorted(ours)))
    names = _names()
    for name, value in sorted(content.metadata.items()):
        if value:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield f"{names.get(name, name)}: {text}"
    yield ""
    yield from content.body.split("\n")
    yield from (_("(not text: {what})").format(what=what) for what in content.beside)


def _names() -> dict[str, str]:
    return {
        "company": _("company"),
        "component": _("component"),
        "gain": _("claimed gain"),
        "kind": _("kind"),
        "technologies": _("technologies"),
    }


def with_contents(remote: Remote, steps: Sequence[Step]) -> list[Step]:
    """The steps with what the remote holds and what it would hold. Only asks.

    Raises what `read` raises: TransientError offline, CredentialsError.
    """
    if not isinstance(remote, Readable):
        return list(steps)
    seen = [s.observed for s in steps if s.observed and s.action in ASKED]
    held = remote.read(seen) if seen else {}
    told = (*ASKED, Action.CREATE)
    return [
        replace(
            s, held=held.get(s.key), wanted=remote.preview(s.entry) if s.entry and s.action in told else None
        )
        for s in steps
    ]
