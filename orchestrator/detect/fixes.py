"""Detector: fixes that explain both the cause and the cure.

A keyword such as "fix" marks 23 to 62 % of all commits, so it proves nothing (facts/git-capture.md
section 5): asked for are a type, a link or a word in the first line, a body of prose, a cause, and a cure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from orchestrator.detect import technologies
from orchestrator.detect.message import Message, parse, speaks
from orchestrator.detect.prose import fold, one_line, sentences, words
from orchestrator.detect.scoring import Score
from orchestrator.detect.trailer_block import squashed
from orchestrator.detect.wording import any_of
from orchestrator.lexical import stems
from orchestrator.model import Candidate, Change, Kind, Record, normalise

NAME = "fixes"
_CAUSE = any_of(
    r"because caused? caused_by causing due_to root_cause",
    r"the_(?:problem|issue|bug|reason|cause)_(?:was|is|here) which_(?:meant|led_to|caused|means)",
    r"leading_to led_to result(?:ed|ing)_in race_condition dead-?lock* previously",
    r"w(?:as|ere)_(?:incorrectly|wrongly|failing|panicking|crashing|wrong)",
    r"would_(?:panic|fail|crash|trigger|exit) porque causad* causav* causando devido_a\w? por_conta_de",
    r"por_causa a_causa ja_que uma_vez_que",
    r"o_(?:problema|erro|motivo|bug)_(?:era|e|estava|ocorria|acontecia) (?:ocorri|aconteci)a_quando",
    r"anteriormente faz(?:ia|endo)_com_que estava[m]?_\w{2,12}ndo falhava[m]? quebrava[m]? gerava[m]?",
    r"em_funcao_d[aeo]s? em_razao_d[aeo]s? por_falta_d[aeo]s? devido_(?:a|ao|aos|as) pois",
    r"o_motivo_(?:foi|era|e) a_causa_(?:raiz_)?(?:foi|era|e) introduzid[oa]s?_(?:por|pel[ao]|n[ao])",
    r"faltava[m]? travava[m]? dava[m]?_erro estava_dando_erro nao_(?:estava|era)[m]?_\w{3,14}",
    r"deixou_de_\w{3,12} impedi(?:a|am|ndo) quebrando estourava[m]? sobrescrevia[m]? ignorava[m]?",
    r"passaram_a que_ocorri(?:a|am)_quando sem_ess[ea]s? estoura[m]? crasha(?:va|ndo)?[m]?",
    r"(?:falha|quebra)[m]?_com to_avoid",
    r"ocasiona* come[cç](?:ou|aram)_a_falhar passou_a_falhar ficava[m]? acusava[m]? retornava[m]?",
)
_CURE = any_of(
    r"now instead by_\w{2,12}ing so_that ensur* make_sure switch(?:ed)?_to replac*",
    r"we_(?:use|add|check|should_now) this_(?:commit|change|patch|pr|fix)",
    r"fix(?:es|ed)?_(?:this|it|that)?_?by the_fix_is solution agora em_vez_de ao_inves_de",
    r"passa(?:m|mos|ou)?_a para_que garant* evita* foi_\w{3,12}[ai]d[oa]s? foram_\w{3,12}[ai]d[oa]s?",
    r"sao_\w{3,12}[ai]d[oa]s? e_\w{3,12}[ai]d[oa] substitui* usando utilizando trocad* este_commit",
    r"a_solucao solucao esta_(?:alteracao|mudanca|correcao) remove* adiciona* altera* deixa_de volta_a",
    r"(?:fixa|pina)(?:do|da|ndo)? restaura* descarta* de_(?:forma|modo|maneira)_que com_isso",
    r"(?:alter|ajust|adicion|mud|retir|us|cri|import)ei troquei coloquei passei removi substitui corrigi",
)
_TRIVIAL = any_of(
    r"typos? lint* format* spelling ortografia whitespace changelog readme docs? documentation",
    r"documentacao comment* comentarios? flaky tests? testes? ci workflow build deps dependenc* dependabot",
    r"version versao release merge conflit* conflicts? links? review refactor* refator*",
    r"divers[ao]s vari[ao]s several various",
)
_FIX_WORD = any_of(
    r"fix fixes fixed fixing bugs? corrige* corrig* correcao correcoes conserta* resolve* ajusta* evita*",
    r"trata* prevent* avoid*",
)
_ADDRESS = re.compile(r"\(?https?://\S+")
_BRANCH = re.compile(r"(?:fix|feat|hotfix|bugfix|chore|feature)/\S", re.IGNORECASE)
_LABEL = re.compile(r"\*\*[^*\n]{1,60}\*\*:?\s*")  # of a form: "**Motivation:** the total was empty"
_NAMED = 3  # words that a title without an address must have more of
_WORDS = 20  # of prose: less explains no cause and cure
_LONG = 50
_PROSE = 14  # words that some block must have: a list of squashed commits has none so long
_TITLE = 120  # characters
_MOST = 400  # more is a squashed list or a pasted log


_TOPIC = 200  # characters of the explanation that tell two fixes of one subject apart


def find(change: Change, language: str) -> Iterator[Candidate]:
    """At most one candidate a commit; nothing for a bare "fix typo"."""
    if not speaks(change.commit):
        return
    message = parse(change.commit.message)
    if not _explains(message):
        return
    commits = [parse(each) for each in squashed(change.commit.message)]
    if len(commits) > 1:  # each of them may tell in its first line
        commits = [replace(each, blocks=(each.title, *each.blocks)) for each in commits]
    score = _score(message, _told(commits, message.title), Score(language))
    named = technologies.mentioned(message.prose)
    record = Record(Kind.SOLUTION, _title(message), message.prose, named)
    topic = normalise(f"{message.title} {message.prose[:_TOPIC]}")
    yield Candidate(NAME, topic, record, score.total, tuple(score.reasons))


def _title(message: Message) -> str:
    """The first line; where it is a branch's name or an address, the sentence that tells the cause."""
    said = _ADDRESS.sub("", message.title).rstrip(" ;:,.-")
    if not _BRANCH.match(message.title) and (said == message.title.rstrip(" ;:,.-") or words(said) > _NAMED):
        return said
    told = (s for block in message.blocks for s in sentences(block) if _CAUSE.search(fold(s)))
    return one_line(_LABEL.sub("", next(told, said)), _TITLE)


def _explains(message: Message) -> bool:
    """A fix by type, link or word, with a title and a body of prose that can hold cause and cure."""
    title = fold(_ADDRESS.sub("", message.title))
    if not (message.is_fix or (not message.type and _FIX_WORD.search(title))):
        return False
    is_list = title.endswith(":") or len(title) > _TITLE  # "Several corrections:", or no title at all
    if is_list or words(message.title) < 3 or _TRIVIAL.search(title):
        return False
    return _WORDS <= words(message.body) <= _MOST and max(map(words, message.blocks)) >= _PROSE


def _score(message: Message, told: tuple[str, str], score: Score) -> Score:
    cause, cure = told
    if message.is_fix:
        score.add(0.2, "the commit is typed as a fix or linked to what it fixes")
    else:
        score.add(0.15, "the first line speaks of a correction")
    if cause:
        score.add(0.2, 'the message tells the cause ("{words}")', words=cause)
    if cure:
        score.add(0.15, 'the message tells the cure ("{words}")', words=cure)
    if words(message.body) >= _LONG:
        score.add(0.05, "the explanation is long")
    if technologies.mentioned(message.title):
        score.add(0.05, "it names a well-known technology")
    return score


def _told(commits: list[Message], title: str) -> tuple[str, str]:
    """The words that tell cause and cure, '' where none do.

    Both in one commit of a squash, within two blocks that follow each other: far apart they belong to
    different changes. In a list each item may be another change: there both speak of what the title says.
    """
    best = ("", "")
    for near in (near for commit in commits for near in _together(commit, title)):
        cause, cure = _CAUSE.search(near), _CURE.search(near)
        found = (cause[0] if cause else "", cure[0] if cure else "")
        best = max(best, found, key=lambda f: sum(map(bool, f)))
    return best


def _together(message: Message, title: str) -> list[str]:
    """Blocks that follow each other, two and two, folded."""
    folded = [fold(block) for block in message.blocks]
    if message.items >= len(folded) and not _BRANCH.match(title):
        subject = _subject(title)
        folded = [block if subject & _subject(block) else "" for block in folded]
    return [f"{one}\n{two}" for one, two in zip(folded, [*folded[1:], ""], strict=False)]


def _subject(text: str) -> set[str]:
    """The stems of a text that may name what it is about."""
    return {s for s in stems(text) if len(s) > 3 and not _FIX_WORD.fullmatch(s)}
