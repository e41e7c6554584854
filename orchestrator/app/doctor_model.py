"""The doctor's look at the language model and at the vectors that were made with it."""

from __future__ import annotations

from orchestrator.app.embedding import engine_in_use, wanted_engine
from orchestrator.config.group import Group
from orchestrator.errors import OrchError
from orchestrator.i18n import _
from orchestrator.store.company import CompanyStore

LEAST = 3  # pairs of twelve; a model that knows nothing gets one


def examine_model(group: Group) -> str:
    """Which model answers without a network, and how well. Raises OrchError when it does not."""
    from orchestrator.memory.engine import OWN, open_embedder
    from orchestrator.memory.trial import trial

    engine = wanted_engine(group)
    if engine == OWN:
        _examine_files()
    embedder = open_embedder(engine=engine)
    found = trial(embedder)
    first, of = found.total
    if first < LEAST:
        raise OrchError(_("the model {model} gives nonsense").format(model=embedder.model))
    groups = ", ".join(f"{name} {won}/{count}" for name, (won, count) in found.first.items())
    return _(
        "{model} answers: {first} of {of} hard questions find their sentence first ({groups}); "
        "{least} are enough"
    ).format(model=embedder.model, first=first, of=of, groups=groups, least=LEAST)


def _examine_files() -> None:
    """Raise OrchError for a file of the model, or of what was made of it, that is not as it was written."""
    from orchestrator.memory.model_folder import damaged_files, ensure
    from orchestrator.memory.opened_model import damaged_opened, opened_folder

    model = ensure()
    for folder, damaged in ((model, damaged_files(model)), (opened_folder(model), damaged_opened(model))):
        if damaged:
            raise OrchError(
                _("the language model is damaged: {files}").format(files=", ".join(damaged)),
                _("delete {folder}; the next command writes it again").format(folder=folder),
            )


def examine_vectors(store: CompanyStore, group: Group) -> str:
    """Which model a store's vectors are of. Raises OrchError when the configuration wants another."""
    model, wanted = store.vectors.model(), wanted_engine(group)
    if not model:
        return _("no vectors yet")
    left = store.vectors.count_left(model)
    if engine_in_use(store.vectors, wanted) != wanted:
        raise OrchError(
            _("vectors of {model}, and the configuration names another model").format(model=model),
            "orch reembed",
        )
    return _("vectors of {model}, {left} missing").format(model=model, left=left)
