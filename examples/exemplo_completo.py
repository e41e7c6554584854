"""O exemplo completo: o que a empresa A aprende chega à memória, ao Jira, ao Confluence e a um pull request.

Rode dentro de um repositório preparado com `orch init` que tenha um remoto `origin` com a branch
`main`; o que falta de credencial, o erro diz. Rodar de novo não muda nada em nenhum remoto.
"""

from __future__ import annotations

from orchestrator import (
    add_global_memory,
    aggregate_instance_learnings,
    create_branch,
    create_commit,
    create_page,
    create_pr,
    create_task,
    get_global_memory_stats,
    list_companies,
    list_components,
    mark_as_shared,
    search_global_memory,
    search_issues,
    suggest_shareable_from_memory,
)

SOLUCAO = "Solução de cache que melhorou performance em 50%"
BRANCH = "orch/share/auth"
AUTH = {
    "componentes/auth/LEIA-ME.md": "# auth\n\nEntrada única com OAuth. Origem: empresa-a.\n",
    "componentes/auth/auth.py": (
        '"""Entrada única."""\n\n\ndef entrar(usuario: str) -> bool:\n    return bool(usuario)\n'
    ),
}


def main() -> None:
    """A história, do aprendizado ao componente compartilhado."""
    print("Empresas:", ", ".join(empresa["id"] for empresa in list_companies()))

    # 1. A empresa A resolveu um problema e guarda a solução na memória do grupo.
    memoria = add_global_memory(
        content=SOLUCAO,
        source_instance="empresa-a",
        category="solution",
        shared=True,
        metadata={"technology": "redis"},
    )
    print(f"Memória: {memoria['id']} ({memoria['state']})")

    # 2. Qualquer empresa a encontra pelo sentido, não só pelas palavras.
    for achado in search_global_memory("deixar a página mais rápida", limit=3):
        print(f"  {achado['similarity']:.2f} {achado['source_instance']}: {achado['content']}")

    # 3. Jira: uma tarefa no projeto do grupo, com a origem no título.
    tarefa = create_task(
        project_key="ORCH",
        summary=f"[empresa-a] Solução: {SOLUCAO}",
        description=f"Origem: empresa-a\n\n{SOLUCAO}.\n\n- **Tecnologias:** redis",
        labels=["solution"],
    )
    print(f"Jira: {tarefa['key']} {tarefa['url']}")
    recentes = search_issues("project = AUP AND updated > -7d")
    print(f"Issues da empresa A nos últimos sete dias: {len(recentes)}")

    # 4. Confluence: a página da solução.
    pagina = create_page(
        space_key="ORCH",
        title=f"Solução: {SOLUCAO}",
        body=f"Origem: empresa-a\n\n{SOLUCAO}.\n\n## Como\n\nRedis na frente do banco, por cinco minutos.",
        parent_id=None,
    )
    print(f"Confluence: {pagina['id']} {pagina['url']}")

    # 5. Git: o componente vira branch, commit e pull request, sem checkout.
    create_branch(BRANCH, from_ref="main")
    commit = create_commit(BRANCH, "feat(auth): componente de autenticação compartilhado", AUTH)
    pull = create_pr(
        title="[ORCH] Compartilhar componente: auth",
        body="Origem: empresa-a\n\nEntrada única com OAuth, pronta para a empresa-b.",
        head=BRANCH,
        base="main",
    )
    print(f"Pull request: {pull['number']} {pull['url']} ({commit['commit'][:12]})")

    # 6. O que mais a empresa A aprendeu e já pode ser compartilhado.
    aprendido = aggregate_instance_learnings("empresa-a")
    print(f"Aprendizados da empresa A: {aprendido['total']} {aprendido['by_category']}")
    for sugestao in suggest_shareable_from_memory("empresa-a", limit=3):
        marcada = mark_as_shared(sugestao["id"])
        print(f"  {marcada['state']}: {sugestao['title']}")  # o próximo `orch push` envia

    # 7. O grupo em números.
    print("Memória do grupo:", get_global_memory_stats())
    for componente in list_components():
        print(f"  componente {componente['name']} ({componente['company']})")


if __name__ == "__main__":
    main()
