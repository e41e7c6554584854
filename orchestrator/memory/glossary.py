"""Words of one field of software work, so that "cache" also looks for Redis.

The language model does not know products: for it, "cache mais rápido" is nearer to a sentence
about tokens than to "Redis ... reduziu a latência". Each line is one field, Portuguese and
English; a question's word also looks for the others of its lines, at half weight.
"""

from __future__ import annotations

import re
from functools import cache

from orchestrator.lexical import parts, stem, words

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
email correio smtp mail
tela interface frontend react vue angular
backup restauração cópia restore
documentação manual guia readme documentation guide
dependência biblioteca pacote dependency library package
paralelismo concorrência thread assíncrono parallel concurrency async
planilha excel csv spreadsheet
nuvem aws azure gcp cloud
"""


SURE = 5  # letters of a stem that no word of another subject shares

_ENDING = re.compile(r"(?<=..)(?:oes|aes)$")
_INFLECTION = re.compile(r"(?<=..)[aeo]?s?$")


@cache
def _fields() -> tuple[tuple[tuple[str, str], ...], ...]:
    """Of each line its words, folded, each with its stem."""
    return tuple(tuple((word, stem(word)) for word in words(line)) for line in _FIELDS.strip().splitlines())


@cache
def _fields_by_key() -> dict[str, list[tuple[str, ...]]]:
    """Key of a word (see `_keys`) -> the stems of every line that such a word stands in."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for field in _fields():
        stems = tuple(dict.fromkeys(key for _word, key in field))
        for key in {key for word, _stem in field for key in _keys(word)}:
            found.setdefault(key, []).append(stems)
    return found


def _keys(word: str) -> set[str]:
    """By what a folded word is known again: without its inflection, and by its stem if that is a long one.

    A short stem is that of other words, too: "copa" and "cópia", "rede" and "Redis", "carta" and "cartão".
    """
    bare, cut = _INFLECTION.sub("", _ENDING.sub("ao", word)), stem(word)
    return {f"={bare}", cut} if len(cut) >= SURE else {f"={bare}"}


def related(terms: dict[str, str]) -> dict[str, frozenset[str]]:
    """Stem of a related word -> the stems of the question's words that it is related to.

    `terms` maps stems to words as written; its own stems are left out.
    """
    fields = _fields_by_key()
    found: dict[str, set[str]] = {}
    for own, written in terms.items():
        for key in (key for part in parts(written) for key in sorted(_keys(part))):
            for other in (other for field in fields.get(key, ()) for other in field):
                found.setdefault(other, set()).add(own)
    return {other: frozenset(of) for other, of in found.items() if other not in terms}
