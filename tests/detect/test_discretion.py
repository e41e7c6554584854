"""No path, branch, commit or author stands in a record, however it is spelt; what is none of them stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.detect import detect
from orchestrator.detect.whereabouts import GONE, Tree
from orchestrator.names import Known
from tests.detect.conftest import build

FILES = dict.fromkeys(
    (
        "empresa-a/clientes/padaria_do_ze/leitor.py",
        "empresa-a/clientes/Mercado Bom Preco/nota.py",
        "empresa-a/web/client/index.js",
        "empresa-a/web/server/main.go",
    ),
    ("", "x"),
)


def told(words: str, author: str = "Diego Rabatone Oliveira") -> str:
    change = build(f"fix: a\n\n{words}\n\nSolução: lembrete", FILES, author=author, email="d@x.example")
    (found,) = (c for c in detect(change, "pt-BR") if c.detector == "trailers")
    return found.record.content.partition("\n\nA\n\n")[2]


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("em empresa-a/clientes/padaria_do_ze/leitor.py lia tudo", "em leitor.py lia tudo"),
        (r"em empresa-a\clientes\padaria_do_ze\leitor.py lia tudo", "em leitor.py lia tudo"),
        (r"em C:\proj\clientes\padaria_do_ze\leitor.py lia tudo", "em leitor.py lia tudo"),
        ("em empresa-a/clientes/Mercado Bom Preco/nota.py lia tudo", "em nota.py lia tudo"),
        (r"em empresa-a\clientes\Mercado Bom Preco\nota.py lia tudo", "em nota.py lia tudo"),
        ("em empresa-a/clientes/Mercado Bom Preco/ lia tudo", "em … lia tudo"),
        ("a pasta padaria_do_ze/ tem um índice", "a pasta … tem um índice"),
        ("a pasta clientes/padaria_do_ze tem um índice", "a pasta … tem um índice"),
        ("o módulo clientes.padaria_do_ze.leitor lia tudo", "o módulo leitor lia tudo"),
        ("ver file:///home/ana/proj/empresa-a/leitor.py já", "ver leitor.py já"),
        ("em /home/ana/proj/x/outro.py lia tudo", "em outro.py lia tudo"),
        ("(empresa-a/clientes/padaria_do_ze/leitor.py:12) lia tudo", "(leitor.py:12) lia tudo"),
        ("na branch hotfix/cliente-mercado-bom a trava mudou", "na branch … a trava mudou"),
        ("no ramo `mercado-bom` a trava mudou", "no ramo `…` a trava mudou"),
        ("feature/aguia-secreta evita a trava", "… evita a trava"),
        ("o commit 891b9de6a764 trouxe a consulta lenta", "o commit … trouxe a consulta lenta"),
        ("reverting 33d8696041e8b5b8a6053aad5d37ecffaaecc644 ajudou", "reverting … ajudou"),
        ("Diego Rabatone trocou a trava", "trocou a trava"),
        ("o Diego mediu a trava", "o mediu a trava"),
        ("Diego mediu a trava", "mediu a trava"),
        ("pedido de diego.rabatone e @diego-oliveira agora", "pedido de e agora"),
        ("pedido de Diego R. Oliveira e D. Oliveira agora", "pedido de e agora"),
        ("Aprovado-por: Joana Prado", ""),
    ],
)
def test_places_and_the_author_are_taken_out(words: str, kept: str) -> None:
    assert told(words) == kept


@pytest.mark.parametrize(
    "words",
    [
        "CI/CD e application/json em api/v2 (req/s), e/ou, TCP/IP, 1/2 e S3/MinIO",
        "a troca entre client/server ficou menor",
        "java.util.List e os.path.join em setup.py e index.js",
        "ver https://github.com/acme/x/blob/main/a.py para mais",
        r"a regex \d+\w{3} e Acme\Http\Client ficam",
        "de 1.2.3 para 1.3.0 em 50 ms",
        "fix/feature toggles e a branch principal",
        "commit em lote de 1000 e merge de 2 filas",
        "a rosa, diego ou rabatone como palavras",
    ],
)
def test_what_is_no_place_stays(words: str) -> None:
    assert told(words) == words


parts = st.lists(
    st.text("abcdefgh_", min_size=3, max_size=8).map("q".__add__), min_size=3, max_size=6, unique=True
)


@settings(max_examples=200, deadline=None)
@given(
    parts,
    st.sampled_from(["{p}", "./{p}", "/srv/{p}", "{b}", "C:\\{b}", "{m}", "file:///{p}", "{f}/", "{f}\\"]),
)
def test_no_folder_of_the_tree_stands_in_a_text(names: list[str], spelt: str) -> None:
    *folders, name = names
    path = "/".join([*folders, f"{name}.py"])
    said = spelt.format(
        p=path,
        b=path.replace("/", "\\"),
        m=".".join(names),
        f="/".join(folders) if "/" in spelt else "\\".join(folders),
    )
    text = Tree.of([path]).without(f"antes {said} depois")
    assert set(folders).isdisjoint(re.findall(r"\w+", text))  # `q___` is no part of a file's name `q____`
    assert text.startswith("antes ") and text.endswith(" depois")
    assert name in text or GONE in text


def test_an_emptied_name_is_nobodys() -> None:
    known = Known.of(["", "Ana", "da", "x@y.example", "Bruno Carvalho"])
    assert list(known.find("o Bruno e a Ana, pelo B. Carvalho")) == [(22, 33), (2, 7)]
    assert list(Known.of([]).find("o Bruno mediu")) == []
