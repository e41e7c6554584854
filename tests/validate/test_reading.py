"""What Markdown takes apart in the source and puts together for the reader is judged as it is read."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.markup.adf import to_adf
from orchestrator.markup.plain import plain_text
from orchestrator.model import Outcome
from orchestrator.validate import Policy
from orchestrator.validate.reading import read

from .conftest import only
from .fakes import card, cpf, dotted_cpf, secret_examples

CPF = "529.982.247-25"
SECRETS = secret_examples()
TOKENS = [SECRETS[name] for name in ("secret.aws-access-token", "secret.github-token")]
POLICY = Policy(terms=("Projeto Águia",), hosts=("*.acme.net",))
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def shown(markdown: str) -> str:
    """What people read on an issue or a page."""
    return plain_text(to_adf(markdown))


@st.composite
def disguised(draw: st.DrawFn, value: str) -> str:
    """The value with escapes, entities and emphasis in it, as Markdown undoes them."""
    parts = []
    for place, char in enumerate(value):
        ways = ["plain", "entity", "hexadecimal"]
        ways += ["escape"] if char in PUNCTUATION else []
        ways += ["bold"] if char.isalnum() and 0 < place < len(value) - 1 else []
        way = draw(st.sampled_from(ways))
        made = {"entity": f"&#{ord(char)};", "hexadecimal": f"&#x{ord(char):X};", "escape": f"\\{char}"}
        parts.append(made.get(way, f"**{char}**" if way == "bold" else char))
    return "".join(parts)


def _value(seed: int, kind: int) -> str:
    rng = random.Random(seed)
    return [dotted_cpf(cpf(rng)), card(rng), "maria@empresa.com.br", "db01.corp.internal", *TOKENS][kind]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.integers(0, 2**32), st.integers(0, 3 + len(TOKENS)))
def test_whatever_markdown_undoes_is_found_at_its_place(data: st.DataObject, seed: int, kind: int) -> None:
    value = _value(seed, kind)
    verdict = only(f"o cliente de {data.draw(disguised(value))} disse que sim", POLICY)
    assert verdict.findings
    assert value not in shown(verdict.redacted["gain"]).replace("**", "")
    assert verdict.redacted["gain"].startswith("o cliente de ")
    assert verdict.redacted["gain"].endswith(" disse que sim")


HIDDEN = {
    "cpf, entities": ("CPF " + "".join(f"&#{ord(c)};" for c in CPF), CPF),
    "cpf, escapes": (r"CPF 529\.982\.247\-25 do cliente", CPF),
    "cpf, bold": ("CPF **529**.**982**.**247**-**25** do cliente", CPF),
    "cpf, code": ("cliente `529`.`982`.`247`-`25` travou", CPF),
    "cpf, underscores": ("CPF 529.982._247_-_25_ do cliente", CPF),
    "token, an underscore of its own": (
        f"a chave {TOKENS[1][:4]}&#{ord(TOKENS[1][4])};{TOKENS[1][5:]}",
        TOKENS[1],
    ),
    "cpf, comment": ("CPF 529.982.<!-- x -->247-25 do cliente", CPF),
    "cpf, link": ("CPF [529.982](https://a.example.org/x).247-25 do cliente", CPF),
    "cpf, image": ("CPF 529.982.![247](https://a.example.org/x 'y')-25 do cliente", CPF),
    "cpf, HTML": ("CPF <b>529</b>.982.<i>247</i>-25 do cliente", CPF),
    "e-mail, entity": ("maria&#64;empresa.com.br disse que sim", "maria@empresa.com.br"),
    "e-mail, named entity": ("maria&commat;empresa.com.br disse que sim", "maria@empresa.com.br"),
    "e-mail, escapes": (r"maria\@empresa\.com\.br disse que sim", "maria@empresa.com.br"),
    "e-mail, line end": ("falar com maria@\nempresa.com.br agora", "empresa.com.br"),
    "e-mail, line end before": ("falar com maria.silva\n@empresa.com.br agora", "maria.silva"),
    "e-mail, line end in the domain": ("falar com maria@empresa.\ncom.br agora", "empresa"),
    "card, line end": ("o cartão 4111 1111\n1111 1111 era recusado", "4111 1111 1111 1111"),
    "card, line end at a dash": ("o cartão 4111-1111-\n  1111-1111 era recusado", "4111-1111-"),
    "card, quoted": ("> o cartão 4111 1111 1111\n> 1111 era recusado", "4111 1111 1111"),
    "token, escapes": (r"a chave sb\_secret\_aZ8bQ2cX7dW4eR9fT1gY6h vai no CI", "secret_aZ8b"),
    "token, bold": (f"a chave {TOKENS[0][:4]}**{TOKENS[0][4:]}** vai no CI", TOKENS[0]),
    "term": ("o Projeto **Ág**uia usa redis na borda", "Projeto Águia"),
    "host": (r"o banco db01\.corp\.internal caiu ontem à noite", "db01.corp.internal"),
    "base64 in escapes": (r"QUtJQVFXRVJUWVVJT1BBU0RGR0g\= era a chave", "QUtJQVFX"),
    "soft hyphen by name": ("CPF 529.982.2&shy;47-25 do cliente", CPF),
    "full width by number": ("CPF &#xFF15;29.982.247-25 do cliente", CPF),
}


@pytest.mark.parametrize("name", sorted(HIDDEN))
def test_hidden_by_markdown(name: str) -> None:
    text, value = HIDDEN[name]
    verdict = only(text, POLICY)
    assert verdict.outcome is not Outcome.ALLOW
    assert value not in shown(verdict.redacted["gain"])
    again = only(verdict.redacted["gain"], POLICY)
    assert again.outcome is Outcome.ALLOW


def test_ordinary_texts_have_no_further_form() -> None:
    for text in (
        "Usamos `cache.get()`, **não** o banco.\n\n* item\n- outro [link](https://a.example.org).\n",
        "A fila lia tudo.\nAgora lê em lotes de 50\nlinhas e 3 colunas.\n@property ficou mais lenta",
        "snake_case, __init__ e a_b_c; 4 * 5; x < y; R&D & cia; C:\\Users",
    ):
        assert read(text) is None


def test_only_the_paragraph_is_made_and_places_are_those_of_the_text() -> None:
    text = "primeiro\n\no valor 1\\.2&#46;3 fica\n\núltimo"
    view = read(text)
    assert view is not None
    assert view.text == "\n\no valor 1.2.3 fica"
    start = view.text.index("1.2.3")
    assert text[slice(*view.span(start, start + 5))] == "1\\.2&#46;3"


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("a1.@ \n\\&#46;*_`<>[]()!-/:x\u00e9"), max_size=60))
def test_every_place_lies_in_the_text(text: str) -> None:
    view = read(text)
    if view is not None:
        assert len(view.text) == len(view.starts) == len(view.ends)
        assert all(0 <= a <= b <= len(text) for a, b in zip(view.starts, view.ends, strict=True))


def test_long_runs_of_marks_cost_no_time() -> None:
    for unit in ("*", "_", "`", "[", "](", "<a", "&#", "\\.", "1\n", "a@\n", "<!--"):
        begun = time.process_time()
        read("1" + unit * 20_000)
        assert (
            time.process_time() - begun < 2
        )  # measured: 0.07 s for the slowest; a quadratic one takes minutes
