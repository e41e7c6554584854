"""What orch needs to know to use the rig: environment variables and a `.orch/config.toml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rig.accounts import COMPANY_PLACES

if TYPE_CHECKING:
    from tests.rig.rig import Rig


def environment(rig: Rig) -> dict[str, str]:
    """The credentials, under the names that orch asks for. Starts every server."""
    found = {
        "ORCH_SUPABASE_KEY": rig.supabase.key,
        "ORCH_ATLASSIAN_EMAIL": rig.atlassian.email,
        "ORCH_ATLASSIAN_TOKEN": rig.atlassian.token,
        "ORCH_FORGE_TOKEN": rig.forge.token,
    }
    for company, project in rig.supabase.companies.items():
        account, prefix = rig.atlassian.account_of(company), f"ORCH_{company.upper().replace('-', '_')}"
        found[f"{prefix}_SUPABASE_KEY"] = project.key
        found[f"{prefix}_ATLASSIAN_EMAIL"] = account.email
        found[f"{prefix}_ATLASSIAN_TOKEN"] = account.token
    return found


def config_toml(rig: Rig, *, language: str = "pt-BR", share: str = "ask") -> str:
    """A whole `.orch/config.toml`: the group on every remote, two companies on their own."""
    site = rig.atlassian.url
    blocks = [
        f'version = 1\nlanguage = "{language}"\n\n[group]\nname = "Grupo"',
        f'[global.supabase]\nurl = "{rig.supabase.url}"\ntable = "{rig.supabase.table}"',
        f'[global.jira]\nurl = "{site}"\nproject = "ORCH"',
        f'[global.confluence]\nurl = "{site}/wiki"\nspace = "ORCH"',
        f'[global.forge]\nkind = "github"\nurl = "{rig.forge.url}"\nrepository = "{rig.forge.full_name}"\n'
        f'remote = "{rig.forge.remote}"\nbase = "main"',
        *(_company(rig, company, place, share) for company, place in COMPANY_PLACES.items()),
    ]
    return "\n\n".join(blocks) + "\n"


def _company(rig: Rig, company: str, place: str, share: str) -> str:
    letter = company[-1]
    project, site = rig.supabase.companies[company], rig.atlassian.url
    return (
        f'[[company]]\nid = "{company}"\nname = "Empresa {letter.upper()}"\n'
        f'paths = ["empresas/{letter}/**"]\n'
        f'documents = ["empresas/{letter}/docs/**/*.md"]\nshare = "{share}"\n\n'
        f'[company.supabase]\nurl = "{project.url}"\n\n'
        f'[company.jira]\nurl = "{site}"\nproject = "{place}"\n\n'
        f'[company.confluence]\nurl = "{site}/wiki"\nspace = "{place}"'
    )
