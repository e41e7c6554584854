from __future__ import annotations

import pytest

from orchestrator.model import Outcome

from .conftest import only
from .fakes import token

VALUE = "Tr0ub" + "4dor&3"


@pytest.mark.parametrize(
    "text",
    [
        f"senha: {VALUE}",
        f"SENHA={VALUE}",
        f"DB_PASSWORD={VALUE}",
        f'"password": "{VALUE}"',
        f"password => '{VALUE}'",
        f"senha do banco: {VALUE}",
        f"a senha de acesso do usuário root: {VALUE}.",
        f"pwd := {VALUE}",
        f"passphrase={VALUE},",
        "senha = " + "739182",
        'password = "' + "correcthorse" + '"',
        "api_key: " + token(20),
        "client_secret=" + token(24),
        "token=" + token(16, "abcdef0123456789"),
        "chave da api: " + token(20),
        "segredo = " + token(12) + "9x",
        "machine imap.exemplo.com login loja password " + "pass1234",
        "<Password encoding='base64'>" + "czNuaDRmb3J0ZQ" + "</Password>",
        "define('DB_PASSWORD', '" + "s3nh4forte" + "');",
        "SECRET_KEY = '" + "k9$x(q!Zp2^w7@Lm#e0R" + "'",
        "export AUTH_TOKEN=" + token(30),
    ],
)
def test_an_assigned_value_blocks(text: str) -> None:
    verdict = only(text)
    assert verdict.outcome is Outcome.BLOCK
    assert "[segredo]" in verdict.redacted["gain"]


@pytest.mark.parametrize(
    "text",
    [
        f"a senha é {VALUE}",
        f"the password is {VALUE}",
        f"entrar com a senha {VALUE}",
        f"senha do admin era {VALUE}",
    ],
)
def test_a_mention_in_prose_asks_a_person(text: str) -> None:
    verdict = only(text)
    assert verdict.outcome is Outcome.REVIEW
    assert "[credencial]" in verdict.redacted["gain"]


@pytest.mark.parametrize(
    "text",
    [
        "senha: obrigatória",
        "fix password: validation of the form",
        "token: corrige a expiração",
        "password = os.environ['DB_PASSWORD']",
        "password=${DB_PASSWORD}",
        "token: {{ secrets.TOKEN }}",
        "senha = '********'",
        "password: changeme",
        "senha: sua-senha-aqui",
        'password: "changeme"',
        "<password>********</password>",
        "login e password obrigatórios",
        "validates('password', 'required|min:6')",
        'secret = "{{ vault.Get(1).Path }}"',
        "'senha' => 'sua_senha123'",
        'senha = "exemplo"',
        "user:\n  password: password",
        "api_key = YOUR_API_KEY",
        "api_key: <your key>",
        "accessToken: OAuth2AccessToken",
        "a senha é obrigatória no cadastro",
        "the token is validated twice",
        "chave: id_pessoa",
        "secret: credentials.yml",
        "token=config.token",
        "password: [segredo]",
        "a chave é composta",
        "senha: null",
        "feat(token): renova antes de expirar",
        "tokens: 4096 por pedido",
        "The `DefaultServerOAuth2AuthorizationRequestResolver` supports a token",
    ],
)
def test_placeholders_names_and_code_pass(text: str) -> None:
    assert only(text).outcome is Outcome.ALLOW


def test_entropy_counts_near_a_word_for_a_secret() -> None:
    value = token(40)
    assert only(f"troquei o token antigo, agora vale {value}").outcome is Outcome.BLOCK
    assert only(f"integrity sha512-{value}").outcome is Outcome.ALLOW
