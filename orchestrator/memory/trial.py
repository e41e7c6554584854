"""A dozen pairs of sentences that tell whether a model is any good, and what its cosines mean.

Within a language, across two, and in the words of the trade. Small on purpose: it tells a model that
works from one that is broken, in the wrong language or used in the wrong way; which of two good ones
is better, benchmarks/retrieval.py tells.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass

from orchestrator.durable import replace_file
from orchestrator.memory.embedder import Embedder
from orchestrator.memory.fusion import Unrelated
from orchestrator.memory.model_folder import models_folder

PORTUGUESE, CROSSING, TECHNICAL = "pt-pt", "pt-en", "tech"

# (group, question, the passage that answers it)
PAIRS = (
    (
        PORTUGUESE,
        "a nota fiscal saía com valor errado",
        "Corrigido o arredondamento de centavos na nota fiscal",
    ),
    (
        PORTUGUESE,
        "menos chamados de madrugada",
        "Alertas só quando o cliente é afetado reduziram o plantão noturno",
    ),
    (
        PORTUGUESE,
        "a tela de clientes demora para abrir",
        "Listagem do cadastro mais rápida com carregamento aos poucos",
    ),
    (
        PORTUGUESE,
        "quando o serviço dos correios cai",
        "CEP conferido por tabela local se a consulta externa falha",
    ),
    (CROSSING, "cópias de segurança testadas toda semana", "Backups are restored every week to test them"),
    (CROSSING, "senhas guardadas com segurança", "Passwords are stored with a slow, salted hash"),
    (CROSSING, "dark mode follows the system", "Tema escuro acompanha a preferência do aparelho"),
    (CROSSING, "product photos use less bandwidth", "Imagens dos produtos em WebP economizam banda"),
    (TECHNICAL, "vazamento de memória", "Conexões não fechadas faziam o processo crescer até cair"),
    (
        TECHNICAL,
        "deadlock entre transações",
        "Transações travavam uma à outra; agora bloqueiam na mesma ordem",
    ),
    (TECHNICAL, "pipeline de CI mais curto", "Testes em paralelo baixaram o tempo de build pela metade"),
    (TECHNICAL, "fila de mensagens atrasada", "Consumidores do RabbitMQ separados por prioridade"),
)


@dataclass(frozen=True, slots=True)
class Trial:
    """Group -> (questions whose own passage came first, of how many); cosines of the other pairs."""

    first: dict[str, tuple[int, int]]
    unrelated: Unrelated

    @property
    def total(self) -> tuple[int, int]:
        """Over all groups."""
        return sum(n for n, _of in self.first.values()), sum(of for _n, of in self.first.values())


def trial(embedder: Embedder) -> Trial:
    """Ask a model every question among all passages. Raises what the embedder raises."""
    passages = embedder.passages([passage for _group, _question, passage in PAIRS])
    first: dict[str, tuple[int, int]] = {}
    others: list[float] = []
    for number, (group, question, _passage) in enumerate(PAIRS):
        asked = embedder.query(question)
        cosines = [sum(a * b for a, b in zip(asked, passage, strict=True)) for passage in passages]
        won, of = first.get(group, (0, 0))
        first[group] = (won + (cosines[number] == max(cosines)), of + 1)
        others += cosines[:number] + cosines[number + 1 :]
    mean = math.fsum(others) / len(others)
    deviation = math.sqrt(math.fsum((c - mean) ** 2 for c in others) / len(others))
    return Trial(first, Unrelated(mean, max(deviation, 1e-6)))


def calibrated(embedder: Embedder) -> Unrelated:
    """A model's cosines of unrelated texts, tried once and kept beside the models on this machine."""
    name = hashlib.sha256(embedder.model.encode()).hexdigest()[:16]
    path = models_folder() / "unrelated" / f"{name}.json"
    try:
        kept = json.loads(path.read_text("utf-8"))
        return Unrelated(float(kept["mean"]), float(kept["deviation"]))
    except (OSError, ValueError, LookupError, TypeError):
        found = trial(embedder).unrelated
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(asdict(found)).encode())
    return found
