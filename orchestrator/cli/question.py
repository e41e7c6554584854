"""A line or a key that a person types at the terminal."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import click


def typed(question: str, default: str = "") -> str:
    """What is typed in answer; the default for an empty line. Raises click.Abort at the end of the input.

    Ctrl-C is heard from the question on. Left to Python, one that comes between the question and the read
    is kept until something is typed.
    """
    click.echo(f"{question} [{default}]: " if default else f"{question}: ", nl=False, err=True)
    if sys.stdin.isatty():
        _wait_for_a_line()
    try:
        return input() or default
    except EOFError:
        raise click.Abort from None


def pressed() -> str:
    """The key that is pressed. SIGTERM raises SystemExit here: the terminal shows again what is typed."""
    before = signal.getsignal(signal.SIGTERM)
    if before is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _ended)
    try:
        return click.getchar()
    finally:
        signal.signal(signal.SIGTERM, before)


def _ended(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _wait_for_a_line() -> None:
    """Until there is a line, or a signal's handler raises: a signal makes the pipe readable first."""
    from select import select

    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    before = signal.set_wakeup_fd(waking)
    try:
        while sys.stdin not in select([sys.stdin, woken], [], [])[0]:
            os.read(woken, 64)
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(waking)
