"""What `orch init` writes: a commented configuration, and what git should ignore."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from orchestrator.config.discover import find_companies
from orchestrator.i18n import say
from orchestrator.terminal import visible

__all__ = ["find_companies", "gitignore", "render", "toml_text"]

Found = tuple[str, str, str | Sequence[str]]
"""A company to write: id, name, and its glob (or globs)."""


def gitignore() -> str:
    """`.orch/.gitignore`: the stores stay on this machine, what the team shares is committed."""
    return "*\n!.gitignore\n!config.toml\n!policy.toml\n"


def render(
    name: str,
    companies: Sequence[Found],
    *,
    language: str = "pt-BR",
    folder: str = "",
    default_company: str = "",
) -> str:
    """The text of `.orch/config.toml`: what was found, and the rest as comments in `language`.

    `folder` is the path of a folder remote for the whole group ('' leaves it as a comment).
    """
    blocks = [
        _head(language, default_company),
        f"[group]\nname = {toml_text(visible(name) if visible(name).strip() else 'group')}",
        _routes(language),
        _embedding(language),
        *_group_remotes(language, folder),
        *(_company(language, found, explained=index == 0) for index, found in enumerate(companies)),
    ]
    if not companies:
        example = ("empresa-a", "Empresa A", "empresas/a/**")
        blocks.append(_commented(_company(language, example, explained=True)))
    return "\n\n".join(blocks) + "\n"


def _head(language: str, default_company: str) -> str:
    about = say(
        language,
        "Configuration of orch. It is committed: no key, token or password may stand here\n"
        "(they come from the environment, git's credential helper or the keyring).\n"
        "After every change, each clone asks for `orch trust`.",
    )
    default = say(language, "Who gets the paths that no company matches; empty: shared code.")
    terms = say(
        language,
        "Terms and hosts that never leave, for all companies. What must not even be committed goes\n"
        "into .orch/companies/<id>/confidential.txt, one a line.",
    )
    files = say(
        language,
        'Files that never leave, for example ["clientes/**", "*.pem"], as in .gitignore; what commits that\n'
        "touch one teach waits for a person. A company may have its own.",
    )
    return "\n".join(
        (
            comment(about),
            "version = 1",
            f"language = {toml_text(language)}",
            comment(default),
            f"default_company = {toml_text(default_company)}",
            comment(terms),
            "confidential = []",
            comment(files),
            "confidential_files = []",
            "internal_hosts = []",
        )
    )


def _routes(language: str) -> str:
    about = say(language, "What goes where (these are the defaults); documents stay in their own company.")
    return (
        comment(about)
        + "\n"
        + _commented(
            "[routes]\n"
            'solution = ["memory", "issues", "pages"]\n'
            'insight = ["memory", "pages"]\n'
            'pattern = ["memory", "issues"]\n'
            'best_practice = ["memory", "pages"]\n'
            'component = ["memory", "issues", "pages"]\n'
            'document = ["memory", "pages"]'
        )
    )


def _embedding(language: str) -> str:
    about = say(
        language,
        "The language model of search. orch has its own, which needs no download; another one of 384\n"
        "dimensions by fastembed's name for it (from the hub or a mirror) or in a folder outside of the\n"
        "repository. After a change: `orch reembed`.",
    )
    return (
        comment(about)
        + "\n"
        + _commented(
            "[embedding]\n"
            'model = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"\n'
            'mirror = "https://mirror.example.com"\n'
            '  folder = "~/models/<name>"'  # instead of a model's name, and so no part of the example
        )
    )


def _group_remotes(language: str, folder: str) -> Iterator[str]:
    about = say(
        language,
        "The group's remotes. A folder fills every place that has no service of its own:\n"
        "a whole group can live on one machine, or on one shared folder, with no account.",
    )
    section = f"[global.folder]\npath = {toml_text(folder or '../orch-group')}"
    yield comment(about) + "\n" + (section if folder else _commented(section))
    yield _commented(
        '[global.supabase]\nurl = "https://<project>.supabase.co"\ntable = "orchestrator_global_memory"\n\n'
        '[global.jira]\nurl = "https://<site>.atlassian.net"\nproject = "ORCH"\nissue_type = "Task"\n\n'
        '[global.confluence]\nurl = "https://<site>.atlassian.net/wiki"\nspace = "ORCH"\nparent = ""\n\n'
        '[global.forge]\nkind = "github"\nurl = "https://api.github.com"\nrepository = "owner/name"\n'
        'remote = "origin"\nbase = "main"'
    )


def _company(language: str, company: Found, *, explained: bool) -> str:
    company_id, name, globs = company
    paths = ", ".join(toml_text(g) for g in ([globs] if isinstance(globs, str) else globs))
    share, documents, own = _company_comments(language) if explained else ("", "", "")
    lines = (
        "[[company]]",
        f"id = {toml_text(company_id)}",
        f"name = {toml_text(visible(name))}",
        f"paths = [{paths}]",
        share,
        'share = "ask"',
        "technologies = []",
        documents,
        "documents = []",
        own,
    )
    return "\n".join(filter(None, lines))


def _company_comments(language: str) -> tuple[str, str, str]:
    """Comments on share, on documents and on remotes, for the first company only."""
    share = say(language, "auto: share within the policy; ask: ask before sharing; manual: only when told.")
    documents = say(
        language, 'Documents for the company\'s own pages, for example ["docs/**/*.md"] from the top.'
    )
    own = say(language, "The company's own remotes, below each company: nobody else may use the same place.")
    example = _commented(
        '[company.supabase]\nurl = "https://<project>.supabase.co"\n'
        '[company.jira]\nurl = "https://<site>.atlassian.net"\nproject = "KEY"\n'
        '[company.confluence]\nurl = "https://<site>.atlassian.net/wiki"\nspace = "KEY"\nparent = ""'
    )
    return comment(share), comment(documents), comment(own) + "\n" + example


def comment(text: str) -> str:
    """A text as comments of TOML."""
    return "\n".join(f"# {line}" for line in text.split("\n"))


def _commented(toml: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in toml.split("\n"))


def toml_text(text: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's, but for U+007F."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
