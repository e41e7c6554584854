"""Several pages are rendered at once, in a process that has rendered nothing before."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from markdown_it.ruler import Ruler

from orchestrator.markup import adf

TEXT = "Origem: empresa-a\n\n- a *fila*\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"


def test_the_first_texts_of_a_process_are_whole_in_every_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library fills a parser's table of rules in place: here the moment in which it is empty is long."""
    wanted, together, really = adf.to_adf(TEXT), Barrier(4), Ruler.__compile__

    def slowly(self: Ruler) -> None:
        really(self)
        filled, self.__cache__ = self.__cache__, {}
        time.sleep(0.02)
        self.__cache__.update(filled or {})

    def render(_number: int) -> adf.Node:
        together.wait(10)
        return adf.to_adf(TEXT)

    monkeypatch.setattr(Ruler, "__compile__", slowly)
    adf._parser.cache_clear()
    adf._parser()
    with ThreadPoolExecutor(4) as pool:
        assert [made == wanted for made in pool.map(render, range(4))] == [True] * 4
