"""What a template left in a message is neither evidence nor stored."""

from __future__ import annotations

import pytest

from orchestrator.detect import detect
from orchestrator.detect.message import parse
from tests.detect.conftest import build

TEMPLATE = """

- O título de cada Pull Request (PR) deve começar com uma das seguintes
palavras-chave. Além disso, **marque a palavra-chave
que melhor descreve o seu PR atual**:
  - [x]  **[Bugfix]**: Para correções de bugs.
- [ ] **[Refactor]**: Para mudanças no código que não alteram a
funcionalidade.

- Explique de maneira clara e concisa o objetivo deste PR. O que foi alterado?

- A role foi tirada <!-- Cite
o que mudou --> do servidor e o bot dava erro ao achar o cargo.
<img width="868" alt="image"
src="https://github.com/user-attachments/assets/ffbdf89c"
/>

- Relate os testes e validações relacionado aos dados:
  - [ ]  Testado localmente
"""


def test_only_what_the_author_wrote_is_read() -> None:
    message = parse(f"[Bugfix] Cargos do servidor{TEMPLATE}")
    assert message.blocks == ("A role foi tirada  do servidor e o bot dava erro ao achar o cargo.",)


def test_the_line_of_a_template_is_no_cure() -> None:
    told = "A busca de cargos estava dando erro porque a role foi tirada do servidor na semana em que mudou."
    found = detect(build(f"[Bugfix] Busca de cargos do servidor{TEMPLATE}\n{told}"), "pt-BR", minimum=0.0)
    assert not any("alteram" in reason for c in found for reason in c.reasons)


@pytest.mark.parametrize(
    "body",
    [
        "A lista List<String> vira Map<K, V> e a < b.",
        "Três causas:\n\n- o índice\n- o cache",
        "Explica o motivo: [x] era lido como texto.",
        '<img src="a',
    ],
)
def test_prose_stays(body: str) -> None:
    blocks = " ".join(parse(f"s\n\n{body}").blocks)
    assert blocks == ("" if body.startswith("<img") else " ".join(body.replace("- ", "").split()))
