"""What a configuration or policy that is about to be trusted shares with fewer questions than before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from orchestrator.app.stores import of_stores
from orchestrator.config.group import Company, Group
from orchestrator.config.modes import MODES, loosened, modes
from orchestrator.config.policy_file import PolicyFile
from orchestrator.config.policy_layers import InForce, PolicyLayers
from orchestrator.config.policy_load import user_policy
from orchestrator.i18n import current, ngettext
from orchestrator.model import Kind, Share
from orchestrator.store.company import CompanyStore
from orchestrator.words import kind_name, word


def more_liberal(group: Group, file: PolicyFile | None) -> Iterator[str]:
    """A line for each company and mode that asks less once `file` is trusted, and how many wait there.

    Only of what a store was judged by: one of an earlier version does not say by which modes it was.
    """
    own = user_policy(group.clone)
    layers = [InForce(file, loosens=True)] if file else []
    layers += [InForce(own, loosens=False)] if own else []
    trusted = replace(group, policy=PolicyLayers(tuple(layers), file))

    def told(company: Company, store: CompanyStore) -> list[str]:
        now = modes(trusted, company.id)
        before = loosened(store.setting(MODES), now)  # of a store of before nobody knows what it was asked by
        steps = dict.fromkeys((mode, now[kind]) for kind, mode in before.items())
        return [
            _told(company, store, step, [k for k, mode in before.items() if (mode, now[k]) == step], len(now))
            for step in steps
        ]

    for _company, lines in of_stores(group, told):
        yield from lines


def _told(
    company: Company, store: CompanyStore, step: tuple[Share, Share], kinds: list[str], every: int
) -> str:
    waiting = store.verdicts.waiting(kinds)
    before, now = (word(mode.value) for mode in step)
    names = ", ".join(kind_name(Kind(kind), current()) for kind in kinds)
    about = company.id if len(kinds) == every else f"{company.id} ({names})"
    text = ngettext(
        "{about}: {now} from now on (before: {before}); {n} learning that waits goes on waiting for "
        "`orch review`",
        "{about}: {now} from now on (before: {before}); {n} learnings that wait go on waiting for "
        "`orch review`",
        waiting,
    )
    return text.format(about=about, now=now, before=before, n=waiting)
