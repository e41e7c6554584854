"""`make demo`: the main job, end to end, on embedded defaults: no account, no network.

Two companies share one git repository in a temporary folder; a folder beside it stands in for
Supabase, Jira and Confluence. Everything below is the real command line on real commits.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

A, B = "empresas/a", "empresas/b"

# Five commits of an ordinary week: (files, message). The fourth must never leave empresa-a: its
# key is put together here, so that no scanner takes this file for a leak.
FAKE_KEY = "AKIA" + "Q3EGRQ7TD5UOHF2X"
COMMITS: tuple[tuple[Mapping[str, str], str], ...] = (
    (
        {f"{A}/catalogo/app.py": "def produtos(): ...\n", f"{A}/catalogo/cache.py": "TTL = 300\n"},
        "perf(catalogo): Redis na frente do catálogo reduziu a latência pela metade\n\n"
        "As consultas de produto iam todas ao banco. Com Redis na frente e validade de cinco\n"
        "minutos, o tempo médio de resposta caiu de 200ms para 95ms.\n\n"
        "Tecnologia: redis\n",
    ),
    (
        {
            f"{A}/auth/pyproject.toml": '[project]\nname = "auth"\nversion = "1.0.0"\n'
            'description = "Entrada única com OAuth para os serviços internos"\n',
            f"{A}/auth/auth/__init__.py": "def entrar(usuario: str) -> bool: ...\n",
        },
        "feat(auth): serviço de autenticação com OAuth\n",
    ),
    (
        {f"{A}/docs/guia-de-migracoes.md": "# Guia de migrações sem parada\n\n## Decisão\n\nAdicionar a "
         "coluna nova, copiar em lotes pequenos, trocar a leitura e só então remover a coluna antiga.\n"},
        "docs: guia de migrações sem parada\n",
    ),
    (
        {f"{A}/pagamento/conciliar.py": "def conciliar(): ...\n"},
        "fix(pagamento): conciliação travava para um cliente\n\n"
        f"Solução: reprocessar o cliente de CPF 529.982.247-25 com a chave {FAKE_KEY}\n",
    ),
    (
        {f"{B}/loja/pyproject.toml": '[project]\nname = "loja"\nversion = "0.3.0"\n'
         'dependencies = ["redis>=5", "fastapi"]\n'},
        "feat(loja): a loja guarda o carrinho no Redis\n",
    ),
)  # fmt: skip


class Demo:
    """A scratch repository and the two ways of talking to it: git and orch."""

    def __init__(self, folder: Path) -> None:
        self.repository = folder / "grupo"
        self.shared = folder / "compartilhado"
        who = {"NAME": "Dev", "EMAIL": "dev@grupo.example"}
        self.environment = {
            **os.environ,
            **{f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in who.items()},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "ORCH_STATE_DIR": str(folder / "state"),
            "ORCH_LANG": "pt-BR",
        }

    def say(self, title: str) -> None:
        """A heading between the steps."""
        print(f"\n\033[1m== {title}\033[0m" if sys.stdout.isatty() else f"\n== {title}", flush=True)

    def git(self, *arguments: str) -> None:
        """Run git in the scratch repository."""
        command = ["git", "-C", str(self.repository), *arguments]
        subprocess.run(command, check=True, env=self.environment, capture_output=True)

    def orch(self, *arguments: str, expect: int = 0) -> None:
        """Print an orch command, run it, and stop when it does not end as it must."""
        print("$ orch " + " ".join(f"'{a}'" if " " in a else a for a in arguments), flush=True)
        command = [sys.executable, "-m", "orchestrator", *arguments]
        done = subprocess.run(command, cwd=self.repository, env=self.environment, check=False)
        if done.returncode != expect:
            raise SystemExit(f"orch {arguments[0]}: exit {done.returncode}, expected {expect}")

    def commit(self, files: Mapping[str, str], message: str) -> None:
        """Write files and commit them, as a developer does."""
        for name, text in files.items():
            path = self.repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        print("  commit: " + message.partition("\n")[0], flush=True)


def main() -> None:
    """Run the demo; `--keep FOLDER` leaves everything there to look at."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="run in this folder and keep it")
    keep = parser.parse_args().keep
    folder = keep or Path(tempfile.mkdtemp(prefix="orch-demo-"))
    started = time.monotonic()
    try:
        run(Demo(folder))
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"\nPronto em {time.monotonic() - started:.0f} s." + (f" Tudo está em {keep}." if keep else ""))


def run(demo: Demo) -> None:
    """The way of one week's commits, from two companies to an accepted offer."""
    demo.repository.mkdir(parents=True)
    demo.git("init", "-q", "-b", "main")

    demo.say("Duas empresas, um repositório: orch init")
    demo.orch(
        *("init", "--name", "Grupo Demo", "--folder", "../compartilhado"),
        *("--company", "empresa-a", "--paths", f"{A}/**", "--company", "empresa-b", "--paths", f"{B}/**"),
    )
    demo.commit({"README.md": "# Grupo Demo\n"}, "chore: começo do repositório do grupo")

    demo.say("Uma semana de trabalho: cinco commits, nada além de git")
    for files, message in COMMITS:
        demo.commit(files, message)

    demo.say("O que foi capturado, sem rede")
    demo.orch("status")
    demo.orch("log")

    demo.say("O que a validação recusou, e por quê")
    demo.orch("review", "--blocked")

    demo.say("Uma pessoa consente com o resto")
    demo.orch("review", "--approve-all")

    demo.say("O plano, sem escrever nada")
    demo.orch("push", "--dry-run")

    demo.say("O envio")
    demo.orch("push")

    demo.say("De novo: nada a escrever")
    demo.orch("push")

    demo.say("A empresa B recebe ofertas")
    demo.orch("pull", "--company", "empresa-b")
    demo.orch("offers", "--company", "empresa-b")

    demo.say("E encontra pelo sentido: «cache mais rápido»")
    demo.orch("search", "cache mais rápido", "--company", "empresa-b", "--limit", "3", "--why")


if __name__ == "__main__":
    main()
