from __future__ import annotations

import pytest

from orchestrator.model import Outcome
from orchestrator.validate import Policy

from .conftest import only, rules

POLICY = Policy(hosts=("*.acme.net", "build??", "git.acme.com.br"))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("subiu em db01.prod.internal ontem", "network.internal-host"),
        ("http://jira.acme.corp/browse", "network.internal-host"),
        ("redis.loja.svc.cluster.local:6379", "network.internal-host"),
        ("ssh://nas.lan", "network.internal-host"),
        ("portal.intra", "network.internal-host"),
        ("http://jenkins:8080/job/x", "network.private-url"),
        ("amqp://fila/", "network.private-url"),
        ("api.acme.net respondeu", "network.configured-host"),
        ("no build07 falhou", "network.configured-host"),
        ("GIT.ACME.COM.BR", "network.configured-host"),
        ("http://10.1.2.3:9000/x", "network.private-ip"),
        ("192.168.15.7", "network.private-ip"),
        ("172.31.0.9 caiu", "network.private-ip"),
        ("100.64.3.2", "network.private-ip"),
        ("fd12:3456:789a::1", "network.private-ip"),
        ("https://8.34.215.1/admin", "network.public-ip"),
        ("8.34.215.1:22", "network.public-ip"),
    ],
)
def test_machines_of_the_company_are_redacted(text: str, rule: str) -> None:
    verdict = only(text, POLICY)
    assert rule in {f.rule for f in verdict.findings}
    assert verdict.outcome is Outcome.REDACT


@pytest.mark.parametrize(
    "text",
    [
        "copie .env.local para o servidor",
        "settings.local e rc.local",
        "/etc/rc.local",
        "com.acme.internal.Foo",
        "from werkzeug.local import x",
        "docs/api.html#fabric.operations.local",
        "http://localhost:3000 e http://127.0.0.1:8000",
        "rede 10.0.0.0/8",
        "versão 1.2.3.4 e 172.32.0.1",
        "v10.1.2.3",
        "https://github.com/org/repo",
        "this.local = true",
        "acme.net",
        "build7 e rebuild07",
        "foo.acme.net.br",
        "fdisk e fd:",
    ],
)
def test_public_names_and_files_pass(text: str) -> None:
    assert rules(text, POLICY) == set()
