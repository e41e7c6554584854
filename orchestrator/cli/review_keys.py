"""The keys of `orch review`, in words."""

from __future__ import annotations

from orchestrator.i18n import _
from orchestrator.words import word


def said(action: str, scope: str) -> str:
    """A decision in a word, with its scope where one was said."""
    scopes = {"version": _("this version"), "good": _("for good")}
    return f"{word(action)} ({scopes[scope]})" if scope else word(action)


def menu(lasting: bool) -> list[tuple[str, str]]:
    """(key, word) for the lines below a screen; `lasting`: approving for good is allowed."""
    return [
        ("a", _("approve")),
        *([("A", _("for good"))] if lasting else []),
        ("e", _("edit")),
        ("x", _("hide words")),
        ("r", _("refuse")),
        ("v", _("refuse this version")),
        ("s", _("skip")),
        ("b", _("back")),
        ("u", _("undo")),
        ("m", _("all of it")),
        ("q", _("quit")),
    ]


def explained(lasting: bool) -> list[tuple[str, str]]:
    """(key, what it does) for `?`."""
    good = _("approve, and later versions that validation lets through too")
    never = _("(approve for good: the policy asks for every version of this kind)")
    return [
        ("a", _("approve this version: it goes to the places shown, in the words shown")),
        ("A", good if lasting else never),
        ("e", _("change the text in your editor; it is validated anew and shown again")),
        ("x", _("hide words: each becomes a placeholder, here and wherever it goes")),
        ("r", _("refuse, with a reason; later versions are not asked about")),
        ("v", _("refuse this version only; a new version is asked about")),
        ("s", _("skip: decide another day (also the right arrow)")),
        ("b", _("back to the one before (also the left arrow); another answer replaces the first")),
        ("u", _("take the last answer of this sitting back; the trail keeps both")),
        ("m", _("all of it: the whole text, and what each place would be sent")),
        ("q", _("quit; what was decided stays decided")),
    ]
