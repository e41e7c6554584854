"""What `orch policy template` prints: every setting of .orch/policy.toml, explained and commented out."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.config.template import comment
from orchestrator.i18n import say


def policy_template(language: str) -> str:
    """The text of a policy that changes nothing yet, with its comments in `language`."""
    return "\n\n".join(_blocks(language)) + "\n"


def _blocks(language: str) -> Iterator[str]:
    about = say(
        language,
        "What may leave, and who is asked. It is committed. It may tighten the defaults at once; what\n"
        "loosens them has an effect only after `orch trust`, on each machine, for exactly this text.\n"
        "The nearest place wins: a company's kind of insight, the company, the kind, then everyone; and\n"
        "a rule's name (secret.jwt) wins over its kind (secret). `orch policy show` says what is in force.",
    )
    yield comment(about) + "\nversion = 1"
    again = say(language, "Does a new version of an approved insight ask again? false: it follows the yes.")
    licences = say(language, "Licences that a shared component may carry without a person's look.")
    yield (
        f"{comment(again)}\n# reapprove = true\n{comment(licences)}\n"
        '# licences = ["MIT", "Apache-2.0", "BSD-3-Clause"]'
    )
    findings = say(
        language,
        "What follows from a finding: allow, redact, review (a person), block. A secret or a card is never\n"
        "below review, a person's number never below redact, a failed scanner always blocks.",
    )
    yield f'{comment(findings)}\n# [findings]\n# email = "block"\n# "secret.jwt" = "block"'
    kinds = say(language, "By kind of insight, and who is asked: auto, ask, manual.")
    yield f'{comment(kinds)}\n# [kind.pattern]\n# share = "auto"\n# findings.phone = "review"'
    company = say(language, "The same for one company.")
    yield (
        f'{comment(company)}\n# [company.empresa-a.findings]\n# cnpj = "block"\n'
        '# [company.empresa-a.kind.component]\n# share = "manual"'
    )
    exception = say(
        language,
        "One exact value that may be told, by its fingerprint (`orch policy explain ID` prints it), with\n"
        "why, by whom, and until when: one year at the most.",
    )
    yield (
        f'{comment(exception)}\n# [[exception]]\n# fingerprint = "f1-…"\n# reason = "…"\n# by = "…"\n'
        "# until = 2027-03-01"
    )
