"""Words of one field of software work, so that "cache" also looks for Redis.

The language model does not know products: for it, "cache mais rápido" is nearer to a sentence
about tokens than to "Redis ... reduziu a latência". Each line is one field, Portuguese and
English; a question's word also looks for the others of its lines, at half weight.
"""

from __future__ import annotations

from functools import cache

from orchestrator.lexical import stems

_FIELDS = """
cache redis memcached valkey varnish cdn memoização
rápido veloz velocidade latência desempenho performance acelerar otimizar lento fast faster slow speed latency
fila mensageria kafka rabbitmq sqs nats queue broker
banco postgres postgresql mysql mariadb sqlite mongodb oracle sql database
busca pesquisa elasticsearch opensearch solr search
autenticação login senha token oauth jwt sso keycloak authentication password
autorização permissão perfil acesso authorization permission access
contêiner docker podman kubernetes helm container
ci pipeline build jenkins compilação
infraestrutura terraform ansible pulumi provisionamento infrastructure
teste pytest junit jest selenium cypress test
monitoramento observabilidade alerta métrica prometheus grafana datadog sentry monitoring alert metric
api rest graphql grpc endpoint webhook
segurança vulnerabilidade criptografia cve security vulnerability encryption
pagamento cobrança pix boleto cartão checkout payment billing
fatura fiscal nfe nfse invoice
erro falha bug defeito correção conserto error failure fix
implantação deploy entrega publicação release rollout
log auditoria rastreamento tracing audit
e-mail email correio smtp mail
tela interface frontend react vue angular
backup restauração cópia restore
documentação manual guia readme documentation guide
dependência biblioteca pacote dependency library package
paralelismo concorrência thread assíncrono parallel concurrency async
planilha excel csv spreadsheet
nuvem aws azure gcp cloud
"""


@cache
def _fields_by_stem() -> dict[str, list[tuple[str, ...]]]:
    """Stem -> the stems of every line that it stands in."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for line in _FIELDS.strip().splitlines():
        field = tuple(dict.fromkeys(stems(line)))
        for key in field:
            found.setdefault(key, []).append(field)
    return found


def related(terms: dict[str, str]) -> dict[str, str]:
    """Stem of a related word -> the question's word that it is related to.

    `terms` maps stems to words as written; its own stems are left out.
    """
    fields = _fields_by_stem()
    pairs = ((other, word) for key, word in terms.items() for field in fields.get(key, ()) for other in field)
    return {other: word for other, word in pairs if other not in terms}
