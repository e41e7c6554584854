"""What was learnt from files that are not the company's by the configuration's paths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from orchestrator.app.stores import of_stores
from orchestrator.config.group import Company, Group
from orchestrator.config.match import match_company
from orchestrator.i18n import ngettext
from orchestrator.store.company import CompanyStore


def outside(group: Group) -> Iterator[str]:
    """A line for each company whose paths leave out what it learnt: a folder was renamed, or mistyped."""

    def learnt(company: Company, store: CompanyStore) -> Counter[str]:
        def its(paths: list[str]) -> bool:
            return any(company.id in match_company(group, path) for path in paths)

        said = ([p for e in i.evidence for p in e.paths] for i in store.insights.listing())
        left_out = (paths for paths in said if paths and not its(paths))
        return Counter(paths[0].rpartition("/")[0] for paths in left_out)

    for company, folders in of_stores(group, learnt):
        if folders:
            text = ngettext(
                "{id}: {n} learning, most from {folder}/; it stays as it is",
                "{id}: {n} learnings, most from {folder}/; they stay as they are",
                folders.total(),
            )
            ((folder, _n),) = folders.most_common(1)
            yield text.format(id=company.id, n=folders.total(), folder=folder or ".")
