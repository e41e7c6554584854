"""The words that people read for the machine's own values: states, outcomes, answers.

JSON and stores keep the values; only what is printed for people goes through here.
"""

from __future__ import annotations

from datetime import datetime

from orchestrator.i18n import _, ngettext, say
from orchestrator.model import Kind


def short_id(key: str) -> str:
    """What people type of an insight's id: its first eight digits. Another program's row has but a number."""
    return key[3:11] if key.startswith("i1-") else key


def local_time(stamp: str) -> str:
    """A UTC time (ISO 8601) as this machine's clock shows it: `14:32`, with the date unless it is today."""
    at = datetime.fromisoformat(stamp).astimezone()
    today = at.date() == datetime.now().astimezone().date()
    return f"{at:%H:%M}" if today else f"{at:%Y-%m-%d %H:%M}"


def word(value: str) -> str:
    """The word for a value in the language in use; a value that is a vendor's own stays as it is."""
    return _words().get(value, value)


def told(reason: str) -> str:
    """Why a row waits, in the reader's language; a vendor's own words stay as they are."""
    validation = "validation: "
    if reason.startswith(validation):
        return _("validation refuses it: {rules}").format(rules=reason.removeprefix(validation))
    words = {
        "edited": _("a person changed it there"),
        "gone": _("a person removed it there"),
        "unknown outcome": _("the answer was lost; the next push asks again"),
        "no vector": _("it waits for its vector"),
        "trashed": _("it lies in the trash there, from where people can restore it"),
        "not shown": _("it is not shown to this account: removed, or hidden from it"),
    }
    return words.get(reason, reason)


def trail_gone(n: int) -> str:
    """What is said of an earlier store's decisions that are missed."""
    text = ngettext(
        "a trail of {n} decision that this machine saw is gone with its store",
        "a trail of {n} decisions that this machine saw is gone with its store",
        n,
    )
    return text.format(n=n)


def taught_nothing(n: int) -> str:
    """What is said of commits that were read and taught nothing."""
    text = ngettext(
        "nothing: {n} commit read, which tells no cause, cure or measured gain",
        "nothing: {n} commits read, none tells a cause, a cure or a measured gain",
        n,
    )
    return text.format(n=n)


def put_away(n: int) -> str:
    """What is said where all that was learnt holds no more."""
    text = ngettext(
        "nothing that holds now; {n} withdrawn or superseded: `orch log --all`",
        "nothing that holds now; {n} withdrawn or superseded: `orch log --all`",
        n,
    )
    return text.format(n=n)


def words_gone() -> str:
    """What stands for the title of an offer that was taken back."""
    return _("(its words are gone with it)")


def unheard(n: int, newest: str) -> str:
    """What becomes of commits that teach something and touch no company's paths, `newest` the last one."""
    text = ngettext(
        "{n} commit teaches something and touches no company's paths, so that nothing is learnt from "
        "it: {commit}; `orch add` writes it down, `git config orch.unheard false` silences this",
        "{n} commits teach something and touch no company's paths, so that nothing is learnt from "
        "them, the newest {commit}; `orch add` writes it down, `git config orch.unheard false` silences this",
        n,
    )
    return text.format(n=n, commit=newest[:10])


def cut_off(n: int) -> str:
    """What becomes of commits that teach something and lie at the edge of a shallow clone."""
    return ngettext(
        "{n} commit that teaches something lies at the edge of this shallow clone, where git does not know "
        "its files: `git fetch --unshallow`",
        "{n} commits that teach something lie at the edge of this shallow clone, where git does not know "
        "their files: `git fetch --unshallow`",
        n,
    ).format(n=n)


def absent(n: int) -> str:
    """What becomes of manifests and documents whose contents a partial clone has not."""
    return ngettext(
        "{n} manifest or document is not in this partial clone, so that what it teaches is not read yet: "
        "`git fetch --refetch --no-filter`",
        "{n} manifests and documents are not in this partial clone, so that what they teach is not read yet: "
        "`git fetch --refetch --no-filter`",
        n,
    ).format(n=n)


def damage_told(reason: str) -> str:
    """What is wrong with a damaged store, in the reader's language; SQLite's finer findings stay."""
    words = {
        "file is not a database": _("the store's file is no SQLite database any more"),
        "database disk image is malformed": _("parts of the store's file are destroyed"),
    }
    return words.get(reason, reason)


def _words() -> dict[str, str]:
    return {
        # what validation says
        "allow": _("allowed"),
        "redact": _("redacted"),
        "review": _("a person must look"),
        "block": _("blocked"),
        # what was decided, and how a company shares
        "approve": _("approved"),
        "refuse": _("refused"),
        "withdraw": _("withdrawn"),
        "edit": _("edited"),
        "ask": _("ask"),
        "auto": _("automatically"),
        "manual": _("when told"),
        # states of insights, offers, wishes
        "active": _("active"),
        "superseded": _("superseded"),
        "withdrawn": _("withdrawn"),
        "open": _("open"),
        "accepted": _("accepted"),
        "declined": _("declined"),
        "ready": _("in the outbox"),
        "sending": _("being sent"),
        "stuck": _("refused by the remote"),
        "conflict": _("changed by a person"),
        "dropped": _("given up"),
        "current": _("current"),
        "shared": _("shared"),
        # why something is superseded
        "trailer": _("a commit says so"),
        "revert": _("reverted"),
        "document": _("its own status"),
        "left": _("its folder left"),
        # hooks
        "installed": _("installed"),
        "chained": _("installed beside another"),
        "absent": _("absent"),
        "outdated": _("outdated"),
        "foreign": _("somebody else's"),
        "not-executable": _("not executable"),
        "replaced": _("replaced by another tool"),
        "disabled": _("switched off"),
    }


def kind_name(kind: Kind | str, language: str) -> str:
    """The name of a kind, as people read it."""
    names = {
        Kind.INSIGHT: say(language, "Insight"),
        Kind.SOLUTION: say(language, "Solution"),
        Kind.PATTERN: say(language, "Pattern detected"),
        Kind.COMPONENT: say(language, "Component"),
        Kind.BEST_PRACTICE: say(language, "Best practice"),
        Kind.DOCUMENT: say(language, "Document"),
    }
    return names[Kind(kind)]
