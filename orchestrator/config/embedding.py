"""`[embedding]`: which language model is wanted; without it, orch's own, which needs no download."""

from __future__ import annotations

from pathlib import Path

from orchestrator.config.group import EmbeddingConfig
from orchestrator.config.place import url
from orchestrator.config.section import Section
from orchestrator.i18n import _

_NAME = r"[A-Za-z0-9][\w.-]{0,99}/[A-Za-z0-9][\w.-]{0,99}"
_EXAMPLE = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"


def read_embedding(section: Section | None, home: Path) -> EmbeddingConfig:
    """The section's values. Raises ConfigError.

    A folder inside the repository at `home` is refused: whoever can push to it could exchange the
    model after this file was trusted.
    """
    if section is None:
        return EmbeddingConfig()
    section.allow(("model", "folder", "mirror"))
    model = section.match("model", _NAME, _EXAMPLE) if "model" in section.data else ""
    folder = _folder(section, home) if "folder" in section.data else ""
    mirror = url(section, key="mirror") if "mirror" in section.data else ""
    if model and folder:
        raise section.error("folder", _("a model and a folder"), _("name one of them"))
    if mirror and not model:
        raise section.error("mirror", _("a mirror, and no model to fetch from it"), _("add `model`"))
    return EmbeddingConfig(model, folder, mirror)


def _folder(section: Section, home: Path) -> str:
    folder = Path(section.text("folder")).expanduser()
    if not folder.is_absolute():
        hint = _("for example {example}").format(example="~/models/multilingual-e5-small")
        raise section.error("folder", _("a path from the top of the disk, or from ~, is wanted"), hint)
    if folder.resolve().is_relative_to(home.resolve()):
        raise section.error(
            "folder", _("a model inside the repository is not used"), _("put it outside, for example below ~")
        )
    return str(folder.resolve())
