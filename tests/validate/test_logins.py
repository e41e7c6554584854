"""Generated keys, logins in every place where people write them, and the defaults that everybody knows."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.model import Outcome

from .conftest import only, rules
from .fakes import HEX, django_key, token

quick = settings(max_examples=200, deadline=None)
PASSWORD = "S3nh4" + "F0rte"
MIXED = "Acme@" + "2024"


@quick
@given(
    st.integers(0, 2**32),
    st.sampled_from(["SECRET_KEY = '{}'", 'SECRET_KEY = "{}"', "  secret_key: '{}'", "'SECRET_KEY': '{}',"]),
    st.sampled_from(["", "django-insecure-"]),
)
def test_every_key_that_django_makes_blocks(seed: int, form: str, begins: str) -> None:
    key = django_key(random.Random(seed))
    verdict = only(form.format(begins + key))
    assert verdict.outcome is Outcome.BLOCK
    told = verdict.redacted["gain"]  # a `%41` in it is decoded, and then the whole word goes
    assert "[segredo]" in told and not any(key[n : n + 8] in told for n in range(42))


def test_nearly_every_such_key_blocks_without_quotes() -> None:
    """What ends with `)` or begins with `=` may lose that sign; one in some 200 looks like a word."""
    rng = random.Random(20261127)
    keys = [django_key(rng) for _ in range(300)]
    missed = [key for key in keys if only(f"SECRET_KEY={key}\nDEBUG=1").outcome is not Outcome.BLOCK]
    assert len(missed) <= 3


@pytest.mark.parametrize(
    "text",
    [
        f"senhaBanco: {MIXED}",
        f"senhaBanco = '{MIXED}'",
        f"passwordDb: {MIXED}",
        f"pass: {MIXED}",
        f"pass={MIXED}",
        f"smtp.pass={MIXED}",
        '"pass": "Xy' + '12345"',
        "db_pass: Xy" + "12345",
        "dbPass = 'Xk29" + "dkA1'",
        "MAIL_PASS: Xk29" + "dkA1",
        f"jdbc:oracle:thin:app/{PASSWORD}@db:1521:orcl",
        f"jdbc:oracle:thin:app/{PASSWORD}@//db:1521/orcl",
        f"sqlplus app/{PASSWORD}@prod",
        f"sqlplus -S -L app/{PASSWORD}@prod",
        "expdp system/Manager" + "19@orcl file=x.dmp",
        "Authorization: Token " + token(40, HEX),
        "'Authorization': 'Token " + token(40, HEX) + "'",
        "authorization: ApiKey " + token(32),
        "Cookie: session=" + token(32, HEX),
        "Cookie: lang=pt; app_sid=" + token(32, HEX),
        "GOOGLE_CLIENT_SECRET=GOC" + "SPX-" + token(28),
        "ya" + "29.a0" + token(60),
        "1/" + "/0g" + token(60),
        "sec" + "ret_" + token(43),
    ],
)
def test_where_only_a_secret_can_stand_it_blocks(text: str) -> None:
    verdict = only(f"corrige {text} na fila")
    assert verdict.outcome is Outcome.BLOCK
    told = verdict.redacted["gain"]
    assert not any(value in told for value in (PASSWORD, MIXED, "12345", "dkA1", "Manager", token(20, HEX)))


@pytest.mark.parametrize(
    "text",
    [
        f"senha ({MIXED})",
        f"senha: ({MIXED})",
        f"senha = <{MIXED}>",
        f"senha → {MIXED}",
        f"senha/{MIXED}",
        f"senha provisória {MIXED}",
        f"senha padrão {MIXED}",
        f"a nova senha do servidor de banco {MIXED}",
        f"a senha root, {MIXED}, estava no log",
        f"{MIXED} é a senha",
        f"{MIXED} is the new password",
        "com a senha Acme" + "2024",
        "usando a senha mudar" + "123",
        "auth=('admin','palmeiras" + "1914')",
        "basic auth admin:palmeiras" + "1914",
        "credenciais: joao:palmeiras" + "1914",
        "twilio auth token " + token(32, HEX),
        "x-api-key " + token(24, HEX),
    ],
)
def test_what_examples_have_as_well_asks_a_person(text: str) -> None:
    verdict = only(f"corrige {text} na fila")
    assert verdict.outcome is Outcome.REVIEW
    assert "[credencial]" in verdict.redacted["gain"]
    assert not any(value in verdict.redacted["gain"] for value in (MIXED, "2024", "1914", "r123"))


@pytest.mark.parametrize(
    "text",
    [
        "POSTGRES_PASSWORD=postgres",
        "RABBITMQ_DEFAULT_PASS=rabbitmq",
        "postgres://postgres:postgres@db:5432/app",
        "amqp://guest:guest@fila:5672",
        "postgresql://sapl:sapl@localhost/sapl",
        "sqlplus scott/tiger@xe",
    ],
)
def test_the_defaults_of_public_images_ask_a_person(text: str) -> None:
    verdict = only(text)
    assert verdict.outcome is Outcome.REVIEW
    assert "secret.default" in {finding.rule for finding in verdict.findings}


@pytest.mark.parametrize(
    "text",
    [
        "postgres://postgres:postgres@db.acme.com.br:5432/app",
        "postgres://postgres:postgres@10.1.1.1/app",
        "postgres://postgres:postgres1@db/app",
        "POSTGRES_PASSWORD=postgres" + "2024",
    ],
)
def test_a_default_at_a_named_machine_is_a_secret(text: str) -> None:
    assert only(text).outcome is Outcome.BLOCK


@pytest.mark.parametrize(
    "text",
    [
        "all tests pass: 12 of 12",
        "PASS: TestFoo2 (0.00s)",
        "--- PASS: TestParse1",
        "label='Senha', max_length=128",
        "password = CharField(label='Senha', min_length=6)",
        "actions/login@v4 e senha com lib@1.2.3",
        "corrige senha no PROJ#1234 e em Conta#senha",
        "a senha vai para ana.prado@example.com",
        "o campo é a senha",
        "com a senha MD5, com senha SHA256 e using password OAuth2",
        "sqlplus $USER/$PASS@prod e sqlplus / as sysdba",
        "jdbc:oracle:thin:@db:1521:orcl",
        "Authorization: Token <token> e Authorization: Token ${API_TOKEN}",
        "auth=('user', 'password')",
        "o auth token expira e o cookie de sessão dura 30 min",
        "secret_name e whsec_ do webhook; ntn_ é o prefixo",
        "passwordEncoder: bcrypt",
        'TOKEN_PATTERN = "[a-z0-9_-]{8}-(?:[a-z0-9]{4}-){3}"',
        "token_url: 'https://a1.io/x?b=2&c=3&d=4e5f6&g7=h8'",
        "tokenType = Bearer",
        "secret = request.POST.get(SECRET_KEY_NAME)(x1)[0] # lido do ambiente",
        "EAAAAAAAAAAAAA",
    ],
)
def test_what_is_no_login(text: str) -> None:
    assert only(text).outcome is Outcome.ALLOW


def test_a_quoted_value_is_taken_up_to_its_quote() -> None:
    value = token(20) + "#1)"
    assert only(f"senha = '{value}'").redacted["gain"] == "senha = '[segredo]'"
    assert rules(f"senha = '{value}'") == {"secret.assignment"}
