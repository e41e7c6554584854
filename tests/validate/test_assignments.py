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


@pytest.mark.parametrize(
    "text",
    [
        "{'password1': '" + "nova" + "Senha7'}",
        "-Djavax.net.ssl.trustStorePassword=" + "t1g3r-leao",
        "consumerSecret: '" + "D+Ed" + "Q-gs$-2Nu7'",
        "token_secret: '" + "dh893hd" + "asih9'",
        "'tokens': ['" + "4f993c5b9e2b937b" + "']",
        "TOKEN+='" + "79960c12a1e067f2ec" + "'",
        "MYSQL_ROOT_PASSWORD=" + "bancodedados",
        "environment: - DB_SENHA=" + "girassol",
        "NYT_KEY=" + "9548be6f3a64163d23e1539f067fcabd",
        "postgres://app:" + "s%40f%23" + "@banco.exemplo.com.br/loja",
    ],
)
def test_how_code_and_configuration_write_it(text: str) -> None:
    assert only(text).outcome is Outcome.BLOCK


@pytest.mark.parametrize(
    "text",
    [
        "pass: '" + "Circle" + "OfLife'",
        'password: "' + "boom" + '"',
        "CREATE USER loja IDENTIFIED BY '" + "loja" + "2'",
        "create role app login password '" + "girassol" + "'",
        "NOSSA_KEY=" + "JKHG82hxk2013hsk28:x9",
    ],
)
def test_what_is_less_sure_asks_a_person(text: str) -> None:
    verdict = only(text)
    assert verdict.outcome is Outcome.REVIEW
    assert [f.kind for f in verdict.findings] == ["credential"]


@pytest.mark.parametrize(
    "text",
    [
        "password: 'text'",
        "type Password = 'string'",
        "passed: 'ok'",
        "all tests pass: 'unit' and 'e2e'",
        "bypass='none'",
        "DB_PASSWORD=changeme",
        "SKIP_PASS=true",
        "foreign_key: customer_address_id",
        "primary_key=customer_order_2026",
        "cache_key = user-profile-settings",
        "SORT_KEY=created_at_descending",
        "compass: 'north'",
        "public_key: AAAA",
        "fix: the password isn't saved twice",
    ],
)
def test_what_only_sounds_like_it_passes(text: str) -> None:
    assert only(text).outcome is Outcome.ALLOW


def test_entropy_counts_near_a_word_for_a_secret() -> None:
    value = token(40)
    assert only(f"troquei o token antigo, agora vale {value}").outcome is Outcome.BLOCK
    assert only(f"integrity sha512-{value}").outcome is Outcome.ALLOW
