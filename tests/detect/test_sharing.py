"""Who said yes and who said no: squashed commits, text behind the trailers, fences."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.detect import detect, retirements
from orchestrator.detect.paragraphs import paragraphs
from orchestrator.detect.sharing import answer, share_of, stricter
from orchestrator.detect.trailer_block import split_trailers
from tests.detect.conftest import build

CAUSE = (
    "A baixa duplicada ocorria porque o retorno do banco era lido duas vezes pela rotina noturna; agora "
    "a rotina grava a chave do lote antes de trabalhar e evita a segunda leitura."
)
GITHUB = "\n\n---------\n\nCo-authored-by: Bia <bia@x.example>"
LINES = st.sampled_from(
    [
        "Solution: use a queue",
        "Share: yes",
        "Compartilhar: sim",
        "Signed-off-by: A <a@b.c>",
        "a line of prose",
        "  continued",
        "* fix: a commit of a squash",
        "- item",
        "```",
        "~~~ text",
        "---------",
        "> said",
        "",
        "",
    ]
)
NO = st.sampled_from(
    [
        *["Share: no", "Compartilhar: não", "compartilhar : NÃO.", "Compartilhar: na\u0303o"],
        *["- **Share:** never", "Compartilhar: não, o cliente pediu", "> Share: no", "Compartilhar:\n  não"],
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=9), NO, st.lists(LINES, max_size=9))
def test_a_no_is_heard_wherever_it_stands(before: list[str], no: str, after: list[str]) -> None:
    message = "\n".join(["subject", "", *before, no, *after])
    assert share_of(message) == "no"
    assert {c.share for c in detect(build(message), "pt-BR")} <= {"no"}


def test_a_no_is_heard_behind_a_very_long_text() -> None:
    assert share_of(f"s\n\n{'palavra ' * 5_000}\n\nCompartilhar: não") == "no"


def test_trailers_behind_a_very_long_text_are_read() -> None:
    long = f"perf: fila\n\n{'palavra ' * 5_000}\n\n"
    (found,) = detect(build(f"{long}Solução: índice parcial\nCompartilhar: sim"), "pt-BR")
    assert (found.record.title, found.share) == ("índice parcial", "yes")
    (taken,) = retirements(build(f"{long}Substitui: i1-{'a' * 16}"))
    assert taken.target == f"i1-{'a' * 16}"
    many = "\n".join(f"Solução: o jeito de número {n} de fazer" for n in range(700))
    assert len(detect(build(f"s\n\n{many}\nShare: no"), "pt-BR")) == 700


def test_what_is_too_long_to_be_read_whole_asks() -> None:
    too_long = f"perf: índice deixou a fila 50% mais rápida\n\n{'palavra ' * 130_000}\n\nShare: yes"
    assert share_of(too_long) == "ask"
    assert [c.share for c in detect(build(too_long), "pt-BR")] == ["ask"]
    assert share_of(f"{too_long}\n\nShare: no") == "no"


@pytest.mark.parametrize(
    "behind",
    ["Closes #12 depois de conversar com o time.", GITHUB.strip(), "E mais um parágrafo.\n\nE outro."],
)
def test_text_behind_the_trailers_hides_no_no(behind: str) -> None:
    (found,) = detect(
        build(f"fix: corrige baixa duplicada\n\n{CAUSE}\n\nCompartilhar: não\n\n{behind}"), "pt-BR"
    )
    assert found.share == "no"
    assert "Compartilhar" not in found.record.content


def test_prose_about_sharing_says_nothing() -> None:
    assert share_of("s\n\nShare: the price of it is small\n\nand more") == ""
    assert share_of("s\n\nWe share: no secrets") == ""
    assert share_of("s\n\nShare: yes\n\nand a paragraph behind it") == ""


def test_a_squash_keeps_the_trailers_of_all_its_commits() -> None:
    message = (
        f"fix: corrige baixa (#77)\n\n* fix: grava a chave\n\n{CAUSE}\n\nSolução: grava a chave do lote\n\n"
        f"* perf: fila\n\nA fila lia tudo.\n\nSolução: índice parcial na fila\nTecnologia: postgres{GITHUB}"
    )
    first, second = (c for c in detect(build(message), "pt-BR") if c.detector == "trailers")
    assert (first.record.title, first.slot, first.record.technologies) == ("grava a chave do lote", 0, ())
    assert (second.record.title, second.slot) == ("índice parcial na fila", 1)
    assert second.record.technologies == ("PostgreSQL",)
    assert second.record.content == "índice parcial na fila\n\nFila\n\nA fila lia tudo."
    assert "fila" not in first.record.content


def test_a_squash_as_git_lists_it_keeps_the_trailers_of_all_its_commits() -> None:
    message = (
        "Squashed commit of the following:\n\n"
        f"commit {'2' * 40}\nAuthor: Bia <b@x.example>\nDate:   Fri Nov 27 17:00:00 2026 +0000\n\n"
        "    m2\n\n    Solução: índice parcial na fila\n    Tecnologia: postgres\n    Share: yes\n\n"
        f"commit {'1' * 40}\nMerge: 1 2\nAuthor: Ana <a@x.example>\nDate:   Fri Nov 27 16:00 2026\n\n"
        "    m1\n\n    ```\n    Solução: um exemplo\n    ```\n\n    Solução: grava a chave do lote"
    )
    first, second = detect(build(message), "pt-BR")
    assert (first.record.title, first.record.technologies, first.share) == (
        "índice parcial na fila", ("PostgreSQL",), "yes"
    )  # fmt: skip
    assert (second.record.title, second.record.technologies, second.share) == (
        "grava a chave do lote",
        (),
        "",
    )
    assert "Author" not in second.record.content and "fila" not in second.record.content
    withheld = f"{message}\n    Compartilhar: não"
    assert {c.share for c in detect(build(withheld), "pt-BR")} == {"no"}


def test_a_yes_speaks_for_its_own_commit_only() -> None:
    message = (
        f"Acertos da semana (#80)\n\n* fix: corrige a senha no log\n\n{CAUSE} Ficou 50% mais rápido.\n\n"
        "* perf: fila\n\nSolução: índice parcial na fila de pagamentos\nCompartilhar: sim"
    )
    shares = {c.detector: c.share for c in detect(build(message), "pt-BR")}
    assert shares == {"trailers": "yes", "gains": ""}
    assert {
        c.share for c in detect(build(message.replace("\n\n* perf", "\nShare: no\n\n* perf")), "pt-BR")
    } == {"no"}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["", "yes", "ask", "no"]), min_size=2, max_size=5))
def test_in_a_squash_the_strictest_word_holds_for_all_and_a_yes_for_its_own(said: list[str]) -> None:
    parts = [
        f"* feat: number {n}\n\nSolution: the {n} way of doing it" + (f"\nShare: {word}" if word else "")
        for n, word in enumerate(said)
    ]
    found = detect(build("Week (#1)\n\n" + "\n\n".join(parts) + GITHUB), "en")
    strictest = stricter(word for word in said if word != "yes")
    assert [c.share for c in found] == [stricter((word, strictest)) for word in said]


@pytest.mark.parametrize("fence", ["```", "~~~~", "```text"])
def test_an_example_in_a_fence_teaches_and_permits_nothing(fence: str) -> None:
    end = fence.rstrip("tex")
    message = f"docs: como ensinar\n\n{fence}\nperf: x\n\nSolução: índice parcial\nCompartilhar: sim\n{end}"
    assert detect(build(message), "pt-BR") == ()
    assert detect(build(f"{message}\n\nou\n\n{fence}\nSolução: dois\nShare: yes"), "pt-BR") == ()
    (found,) = detect(build(f"{message}\n\nSolução: de verdade\nShare: yes"), "pt-BR")
    assert (found.record.title, found.share) == ("de verdade", "yes")


def test_a_list_is_no_squash() -> None:
    message = "perf: x\n\nWe did:\n\n* one thing\n* another\n\nSolution: use a queue\nShare: yes"
    (found,) = detect(build(message), "en")
    assert found.share == "yes" and "We did:" in found.record.content


def test_a_fence_ends_where_commonmark_says() -> None:
    fenced = [p.fenced for p in paragraphs("a\n\n````\nb\n\n```\n\nc\n````\n\nd ``` e\n\n``` `x`\n\nf")]
    assert fenced == [False, True, True, True, False, False, False]


def test_another_detectors_yes_does_not_silence_the_commits_no() -> None:
    assert stricter(("yes", "no")) == "no"
    assert stricter(()) == ""
    assert [answer(v) for v in ("Sim!", "n/a", "yes, but ask", "**não**")] == ["yes", "no", "ask", "no"]
    assert split_trailers("s\n\nShare: yes\n\n---")[1] == (("share", "yes"),)


@pytest.mark.parametrize(
    "words",
    [
        *["Shared: no", "Compartilhe: não", "Compartilhado: não", "Compartilhamento: não", "Sharing: no"],
        *[
            "Não compartilhar",
            "Não compartilhe.",
            "Do not share.",
            "Please don't share!",
            "[não compartilhar]",
        ],
        *["Confidencial: sim", "CONFIDENCIAL", "Sigiloso.", "Uso interno", "Interno: sim", "no-share"],
        *["Compartilhar = não", "Compartilhar - não", "Compartilhar → não", "| Compartilhar | não |"],
        *["## Compartilhar\n\nnão", "Compartilhamento\nnão", "Comparilhar: não", "Não divulgar a ninguém"],
        *["Este aprendizado não deve ser compartilhado com as outras empresas", "Share with nobody: false"],
        *[
            "Compartilhado: não (o cliente pediu)",
            "Compartilhar só internamente",
            "Shared: ask",
            "NãoCompartilhar",
        ],
        "Ficou mais leve. Não compartilhar.",
        *[
            "For internal use only",
            "for internal use.",
            "[internal use only]",
            "Not for sharing",
            "Only for us",
        ],
        *["Para uso interno", "Uso interno apenas", "Somente para uso interno", "Não é para compartilhar"],
        *["Só para nós", "Fica só entre nós.", "Just between us", "Não é pra divulgar", "Shared: never ever"],
        *["Compartilhamento: proibido", "Sharing: forbidden", "Sharing: off", "Compartilhar: jamais"],
        *["Strictly confidential", "Estritamente confidencial.", "Keep internal", "Keep this private"],
        *["Uso restrito", "Não publicar", "Do not publish.", "Só para uso nosso", "for our use only"],
        *["Não comp\u00adartilhar", "c\u200bonfidencial"],
    ],
)
def test_whoever_withholds_in_other_words_is_asked(words: str) -> None:
    taught = "Solução: o índice da tabela alfa deixou a fila leve"
    for message in (f"fix: caso\n\n{taught}\n{words}", f"fix: caso\n\n{words}\n\n{taught}\nShare: yes"):
        assert share_of(message) == "ask"
    assert {c.share for c in detect(build(message.removesuffix("\nShare: yes")), "pt-BR")} == {"ask"}


def test_a_full_width_colon_is_a_colon() -> None:
    assert share_of("s\n\nSolução: índice parcial\nCompartilhar： não") == "no"


@pytest.mark.parametrize(
    "prose",
    [
        *["Do not share the session between threads", "Não compartilhar a conexão entre processos"],
        *["fix(sharing): do not crash on an empty list", "shared: no longer exports the parser"],
        *[
            "The queue is shared.\nNo worker waits now.",
            "Compartilha o cliente HTTP\n\nNão abre um por chamada",
        ],
        *["Confidencial: não", "refactor(internal): names", "perf (internal): faster", "Breaking: no"],
        *[
            "make `private: true` the default",
            "Corrige dados confidenciais no log",
            "Merge pull request #1 from x/do-not-share-modules",
            "feat(confidential): field",
        ],
        *["Shared: yes", "For sharing", "É para compartilhar", "Use it for internal tests only"],
        *["Publica a fila", "our queue", "private, protected, public", "Mantenha o índice", "turn it off"],
        *["roda apenas nos servidores", "only for us-east clusters", "Compartilhar entre nós: sim"],
    ],
)
def test_prose_on_what_is_shared_asks_nobody(prose: str) -> None:
    assert share_of(f"{prose}\n\nSolução: índice parcial") == ""
    assert share_of(f"{prose}\n\nSolução: índice parcial\nShare: yes") == "yes"
