"""A finding in one line for people; it cannot repeat the value, for a finding does not hold it."""

from __future__ import annotations

from orchestrator.i18n import _, current
from orchestrator.model import Finding, Outcome
from orchestrator.validate.failures import failure
from orchestrator.validate.kinds import placeholder


def explain(finding: Finding, language: str = "") -> str:
    """What was found, in which field, and what follows: "CPF no campo conteúdo: trocado por [CPF]".

    `language` is that of the judged text, for the placeholder (default: the language in use).
    """
    what = _what(finding)
    if finding.kind == "engine":
        return _("{what}: nothing may leave until it works").format(what=what)
    if finding.kind in ("file", "commit"):
        return _("{what} {glob}: {consequence}").format(
            what=what, glob=finding.field, consequence=_consequence(finding, language or current())
        )
    return _("{what} in field {field}: {consequence}").format(
        what=what,
        field=_fields().get(finding.field, finding.field),
        consequence=_consequence(finding, language or current()),
    )


def _consequence(finding: Finding, language: str) -> str:
    mark = placeholder(finding.kind, language)
    if finding.outcome is Outcome.BLOCK:
        return _("blocked")
    if finding.outcome is Outcome.REVIEW and mark:
        return _("a person must look, replaced by {placeholder}").format(placeholder=mark)
    if finding.outcome is Outcome.REVIEW:
        return _("a person must look")
    return _("replaced by {placeholder}").format(placeholder=mark)


def _what(finding: Finding) -> str:
    if finding.kind == "engine":
        return failure(finding.rule)
    if finding.kind == "quality":
        return _qualities().get(finding.rule, finding.rule)
    if finding.rule == "commit.refused":
        return _("Refused, in a commit of several companies, by")
    name = _kinds().get(finding.kind, finding.kind)
    detail = finding.rule.partition(".")[2] if finding.kind == "secret" else ""
    return f"{name} ({detail})" if detail else name


def _fields() -> dict[str, str]:
    return {
        "title": _("title"),
        "content": _("content"),
        "gain": _("gain"),
        "component": _("component"),
        "technologies": _("technologies"),
        "shown": _("the text as people read it"),
    }


def _qualities() -> dict[str, str]:
    return {
        "quality.too-short": _("Too little text"),
        "quality.machine-made": _("Text made by a machine"),
        "quality.unfinished": _("Unfinished work"),
    }


def _kinds() -> dict[str, str]:
    return {
        "secret": _("Secret"),
        "credential": _("Possible password"),
        "size": _("Text too long to be scanned"),
        "card": _("Card number"),
        "cpf": _("CPF"),
        "cnpj": _("CNPJ"),
        "rg": _("Possible RG"),
        "private": _("Passport, plate, bank account or date of birth"),
        "nis": _("PIS/NIS number"),
        "voter": _("Voter id"),
        "cnh": _("Driving licence"),
        "canary": _("Canary"),
        "licence": _("Licence or code of others"),
        "health": _("Health card"),
        "pix": _("PIX key"),
        "address": _("Street address"),
        "email": _("E-mail address"),
        "phone": _("Telephone number"),
        "person": _("Person's name"),
        "host": _("Internal host"),
        "ip": _("Network address"),
        "confidential": _("Confidential term"),
        "file": _("Confidential file"),
        "commit": _("Commit that also touches the paths of"),
        "company": _("Another company's name or term"),
    }
