"""Trailers: git's own rules for the block, our accented keys, what `Share` and `Technology` do."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.detect import detect
from orchestrator.detect.paragraphs import paragraphs
from orchestrator.detect.trailer_block import KEYS, _parse_block, fold_key, split_trailers
from orchestrator.model import Kind
from tests.detect.conftest import PARENT, build

LINES = st.sampled_from(
    [
        "Solution: use a queue",
        "Insight: it waits",
        "Signed-off-by: A <a@b.c>",
        "a line of prose",
        "two: colons: here",
        "  continued",
        "",
        "",
        "Reviewed-by : B",
        "no trailer at all.",
        "(cherry picked from commit 1234567)",
        "key:",
    ]
)


def git_trailers(message: str) -> list[tuple[str, str]]:
    """What git itself reads, with our keys configured as it wants keys to be."""
    ours = [("-c", f"trailer.{key}.key={key}") for key in KEYS]
    out = subprocess.run(
        [
            "git",
            *(part for pair in ours for part in pair),
            "interpret-trailers",
            "--only-input",
            "--only-trailers",
            "--unfold",
            "--no-divider",
        ],
        input=message,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    ).stdout
    pairs = [line.partition(":") for line in out.splitlines() if ":" in line]
    return [(fold_key(key.strip()), value.strip()) for key, _, value in pairs]


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=9))
def test_the_block_is_what_git_says(lines: list[str]) -> None:
    message = "subject\n\n" + "\n".join(lines).strip("\n") + "\n"
    found = paragraphs(message)
    ours = (_parse_block(found[-1].lines) or []) if len(found) > 1 else []
    generated = "(cherry picked from commit"
    assert [t for t in ours if t[1]] == [
        t for t in git_trailers(message) if t[1] and not t[0].startswith(generated)
    ]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Insight: texto", Kind.INSIGHT),
        ("Solução: texto", Kind.SOLUTION),
        ("solucao: texto", Kind.SOLUTION),
        ("SOLUTION : texto", Kind.SOLUTION),
        ("Padrão: texto", Kind.PATTERN),
        ("Pattern: texto", Kind.PATTERN),
        ("Boa-Prática: texto", Kind.BEST_PRACTICE),
        ("melhor-pratica: texto", Kind.BEST_PRACTICE),
        ("Soluc\u0327a\u0303o: texto", Kind.SOLUTION),
    ],
)
def test_keys_in_two_languages_accents_and_case_optional(line: str, kind: Kind) -> None:
    (found,) = detect(build(f"assunto\n\n{line}"), "pt-BR")
    assert (found.record.kind, found.record.title, found.score) == (kind, "texto", 0.9)


def test_continuation_lines_are_folded_and_blocks_of_hosting_services_do_not_hide_ours() -> None:
    text, trailers = split_trailers("s\n\nInsight: one\n two\n\nCo-authored-by: B <b@c.d>")
    assert text == "s"
    assert trailers == (("insight", "one two"), ("co-authored-by", "B <b@c.d>"))


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (
            "o pool voltou quando\nganhou um prazo\nde 5 s\nShare: no",
            "o pool voltou quando ganhou um prazo de 5 s",
        ),
        ("o pool voltou\nCloses #12", "o pool voltou"),
        ("o pool voltou\n- item\nmais", "o pool voltou"),
        ("o pool voltou\nhttps://a.b/c", "o pool voltou"),
        ("o pool voltou\nRefs ABC-12", "o pool voltou"),
        ("o pool voltou\nTechnology: redis\nsobra", "o pool voltou"),
    ],
)
def test_a_line_that_an_editor_broke_off_goes_on_with_what_is_taught(lines: str, title: str) -> None:
    (found,) = detect(build(f"s\n\nInsight: {lines}"), "pt-BR")
    assert found.record.title == title


@pytest.mark.parametrize(
    "first",
    [
        "a pedido do Diego R. Oliveira trocamos o pool",
        "ajustar o art. 12 e o nº. 5 do Sr. Prefeito na Av. Brasil",
        "J. P. pediu o índice",
    ],
)
def test_a_title_does_not_end_at_an_abbreviation(first: str) -> None:
    (found,) = detect(build(f"s\n\nInsight: {first}. Depois veio o resto."), "pt-BR")
    assert found.record.title == first


def test_prose_around_a_key_is_a_block_up_to_three_lines_in_four() -> None:
    prose = "\nand on\nand on\nand on"
    assert len(detect(build("subject\n\nInsight: read your writes" + prose), "en")) == 1
    assert detect(build("subject\n\nInsight: read your writes" + prose + "\nand on"), "en") == ()
    assert detect(build("Insight: a subject is no trailer"), "en") == ()


@pytest.mark.parametrize(
    "told",
    [
        "Causa: a lista era remontada porque a chave era o índice da linha. Agora é o id do pedido.",
        "Problema: o lote repetia a última nota\nMotivo: o cursor era gravado antes da confirmação",
        "Cause: the pool was closed before the last request was answered",
    ],
)
def test_a_paragraph_that_only_tells_is_prose(told: str) -> None:
    message = f"fix: fila\n\n{told}"
    assert split_trailers(message) == (message, ())


@pytest.mark.parametrize(
    ("block", "keys"),
    [
        ("Causa: cache", ["causa"]),
        ("Reviewed-by: Ana Maria da Silva Souza", ["reviewed-by"]),
        ("Causa: o cursor era gravado antes da confirmação\nSolution: gravar depois", ["causa", "solution"]),
    ],
)
def test_what_is_an_entry_or_stands_beside_ours_is_a_trailer(block: str, keys: list[str]) -> None:
    text, found = split_trailers(f"fix: fila\n\n{block}")
    assert (text, [key for key, _value in found]) == ("fix: fila", keys)


def test_technology_and_share_hold_for_everything_of_the_commit() -> None:
    message = (
        "perf: busca 50% mais rápida\n\nInsight: índices parciais\nTecnologia: postgres, Acme Bus\nShare: no"
    )
    found = detect(build(message), "pt-BR")
    assert len(found) == 2
    assert all(c.share == "no" and c.record.technologies == ("PostgreSQL", "Acme Bus") for c in found)


@pytest.mark.parametrize(
    ("said", "share"),
    [
        ("yes", "yes"),
        ("Sim", "yes"),
        ("no", "no"),
        ("Não", "no"),
        ("ask", "ask"),
        ("perguntar", "ask"),
        ("hm", "ask"),
    ],
)
def test_share(said: str, share: str) -> None:
    (found,) = detect(build(f"s\n\nInsight: a b c\nCompartilhar: {said}"), "pt-BR")
    assert found.share == share


def test_no_wins_over_yes() -> None:
    (found,) = detect(build("s\n\nInsight: a b c\nShare: yes\nCompartilhar: não"), "pt-BR")
    assert found.share == "no"


def test_people_may_teach_in_merges_and_bots_never() -> None:
    message = "Merge branch 'x'\n\nInsight: read your writes"
    assert len(detect(build(message, parents=(PARENT, "2" * 40)), "en")) == 1
    assert detect(build(message, author="renovate[bot]"), "en") == ()


def test_several_trailers_are_several_learnings_in_their_order() -> None:
    found = detect(build("s\n\nInsight: first thing\nInsight: second thing\nComponent: billing"), "en")
    assert [(c.slot, c.record.title, c.record.component) for c in found] == [
        (0, "first thing", "billing"),
        (1, "second thing", "billing"),
    ]
    assert len({c.topic for c in found}) == 2


def test_trailer_and_gain_of_one_sentence_become_one_with_both_reasons() -> None:
    message = (
        "perf: cache no catálogo reduziu a latência pela metade\n\n"
        "Solução: Cache no catálogo reduziu a latência pela metade"
    )
    (found,) = detect(build(message), "pt-BR")
    assert found.detector == "trailers"
    assert found.record.gain == "reduziu a latência pela metade"
    assert len(found.reasons) > 2


def test_the_explicit_one_takes_the_gain_of_the_subject() -> None:
    message = (
        "perf: busca com índice parcial 50% mais rápida\n\nSolução: Busca com índice parcial no Postgres"
    )
    (found,) = detect(build(message), "pt-BR")
    assert (found.detector, found.record.gain) == ("trailers", "50% mais rápida")


def test_a_gain_about_something_else_stays_apart() -> None:
    found = detect(build("perf: build 30% faster\n\nSolution: idempotent retries at the gateway"), "en")
    assert [(c.detector, c.record.gain) for c in found] == [("trailers", ""), ("gains", "30% faster")]


def test_a_list_that_what_is_taught_announces_is_part_of_it() -> None:
    """Its first line alone would say nothing."""
    taught = "Solução: usar índice HASH que:\n- suporta valores longos\n- compara por igualdade"
    (found,) = detect(build(f"Corrige índice\n\nO outro falhou.\n\n{taught}\nTecnologia: postgres"), "pt-BR")
    assert found.record.title == "usar índice HASH que: suporta valores longos; compara por igualdade"
    assert found.record.technologies == ("PostgreSQL",)
    (alone,) = detect(build("Corrige índice\n\nSolução: usar índice HASH\n- Ajusta o rodapé"), "pt-BR")
    assert alone.record.title == "usar índice HASH"


def test_what_a_message_says_belongs_to_its_one_trailer() -> None:
    (found,) = detect(
        build("fix: fuso horário errado nos relatórios\n\nSolução: gravar sempre em UTC e converter na tela"),
        "pt-BR",
    )
    assert found.topic == "gravar sempre em utc e converter na tela"
    assert found.record.title == "gravar sempre em UTC e converter na tela"
    assert found.record.content.split("\n\n") == [found.record.title, "Fuso horário errado nos relatórios"]


@pytest.mark.parametrize(
    ("subject", "taught", "gain"),
    [
        ("perf(api): zstd no lugar de brotli reduziu 40ms→5ms", "zstd no lugar de brotli na API", "40ms→5ms"),
        (
            "perf: índice na fila reduziu o tempo de 900ms para 120ms",
            "Índice parcial na fila",
            "de 900ms para 120ms",
        ),
        ("perf: fila de pedidos de 900ms para 120ms", "lotes na fila: 3x mais rápido", "3x mais rápido"),
    ],
)
def test_a_gain_measured_in_the_message_is_the_trailers(subject: str, taught: str, gain: str) -> None:
    (found,) = detect(build(f"{subject}\n\nSolução: {taught}"), "pt-BR")
    assert (found.detector, found.record.gain) == ("trailers", gain)


def test_a_fix_that_explains_itself_is_its_trailers_solution() -> None:
    body = (
        "O erro ocorria porque o pool fechava antes da última requisição responder ao cliente. Agora o pool "
        "espera dez segundos e só então fecha, e o checkout não falha mais."
    )
    message = f"fix: timeout no checkout da loja\n\n{body}"
    assert [c.detector for c in detect(build(message), "pt-BR")] == ["fixes"]
    (found,) = detect(build(f"{message}\n\nSolução: esperar quem ainda responde"), "pt-BR")
    assert found.detector == "trailers" and body in found.record.content
    (rule, fix) = detect(build(f"{message}\n\nPadrão: todo recurso espera quem o usa"), "pt-BR")
    assert (rule.detector, fix.detector) == ("trailers", "fixes")


@pytest.mark.parametrize(
    "message",
    [
        'Revert "perf: índice na fila de 900ms para 120ms"\n\nSolução: voltar ao índice antigo na fila',
        "Merge branch 'fila-de-pedidos'\n\nSolução: voltar ao índice antigo na fila",
        "wip\n\nSolução: voltar ao índice antigo na fila",
        "fix: o índice antigo na fila\n\nSolução: voltar ao índice antigo na fila",
    ],
)
def test_what_a_first_line_merges_reverts_or_repeats_explains_nothing(message: str) -> None:
    (found,) = detect(build(message), "pt-BR")
    assert (found.record.content, found.record.gain) == ("voltar ao índice antigo na fila", "")


def test_of_several_trailers_none_has_the_subject() -> None:
    found = detect(
        build("perf: pedidos de 900ms para 120ms\n\nSolução: índice parcial\nPadrão: medir índices"), "pt-BR"
    )
    assert [(c.record.content, c.record.gain) for c in found][:2] == [
        ("índice parcial", ""),
        ("medir índices", ""),
    ]


def test_in_a_squash_each_trailer_has_its_own_commits_words() -> None:
    first = "* perf: fila de pedidos de 900ms para 120ms\n\nSolução: índice parcial na fila"
    found = detect(
        build(f"Fila (#3)\n\n{first}\n\n* fix: fuso errado no relatório\n\nSolução: em UTC"), "pt-BR"
    )
    assert [(c.record.content, c.record.gain) for c in found] == [
        ("índice parcial na fila\n\nFila de pedidos de 900ms para 120ms", "de 900ms para 120ms"),
        ("em UTC\n\nFuso errado no relatório", ""),
    ]
