"""Ctrl-C ends a question to the history, at whatever moment it comes."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest

from orchestrator.store.history_answers import _interruptibly

PATIENCE_SECONDS = 10.0


class Database:
    """One whose question goes on until it is interrupted."""

    def __init__(self) -> None:
        self._interrupted = threading.Event()

    def interrupt(self) -> None:
        self._interrupted.set()

    def ask(self) -> bool:
        return self._interrupted.wait(PATIENCE_SECONDS)


def pressed_at(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C as the thread of the question is `moment`: about to be started, or just started."""
    start = threading.Thread.start

    def pressing(thread: threading.Thread) -> None:
        if moment == "before":
            signal.raise_signal(signal.SIGINT)
        start(thread)
        if moment == "after":
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(threading.Thread, "start", pressing)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_ctrl_c_while_the_question_begins_is_heard(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = signal.getsignal(signal.SIGINT)
    pressed_at(moment, monkeypatch)
    answers: list[bool] = []
    with pytest.raises(KeyboardInterrupt):
        database = Database()
        _interruptibly(database, lambda: answers.append(database.ask()))
    assert answers == [True]
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_question_of_another_thread_leaves_the_signals_alone() -> None:
    handler = signal.getsignal(signal.SIGINT)
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(_interruptibly(None, lambda: 7)))
    asking.start()
    asking.join()
    assert answers == [7]
    assert signal.getsignal(signal.SIGINT) is handler
