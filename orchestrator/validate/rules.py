"""The rules that orch's own checks report, and the kind of finding of each. A test keeps it complete."""

from __future__ import annotations

OWN_RULES: dict[str, str] = {
    "confidential.file": "file",
    "confidential.issue-key": "confidential",
    "confidential.other-company": "company",
    "confidential.other-company-term": "company",
    "confidential.term": "confidential",
    "licence.not-allowed": "licence",
    "licence.unknown": "licence",
    "licence.vendored": "licence",
    "network.configured-host": "host",
    "network.internal-host": "host",
    "network.private-ip": "ip",
    "network.private-url": "host",
    "network.public-ip": "ip",
    "network.share": "host",
    "personal.address": "address",
    "personal.bank-account": "private",
    "personal.birth-date": "private",
    "personal.card": "card",
    "personal.cnpj": "cnpj",
    "personal.cpf": "cpf",
    "personal.driving-licence": "cnh",
    "personal.email": "email",
    "personal.health-card": "health",
    "personal.invoice-key": "cnpj",
    "personal.name": "person",
    "personal.nis": "nis",
    "personal.passport": "private",
    "personal.phone": "phone",
    "personal.pix-code": "pix",
    "personal.pix-key": "pix",
    "personal.plate": "private",
    "personal.rg": "rg",
    "personal.voter-id": "voter",
    "quality.machine-made": "quality",
    "quality.too-short": "quality",
    "quality.unfinished": "quality",
    "secret.assignment": "secret",
    "secret.basic-login": "secret",
    "secret.bearer-token": "secret",
    "secret.command-line": "secret",
    "secret.default": "credential",
    "secret.high-entropy": "secret",
    "secret.jwt": "secret",
    "secret.key": "credential",
    "secret.mentioned": "credential",
    "secret.quoted": "credential",
    "secret.supabase-service-role": "secret",
    "secret.url-login": "secret",
    "size.too-long": "size",
}


def kind_of(name: str) -> str | None:
    """The kind of finding of a rule, of whatever engine; a kind's own name is itself. None: unknown."""
    from orchestrator.validate.kinds import KINDS

    if name in KINDS:
        return name
    return OWN_RULES.get(name) or ("secret" if name.startswith("secret.") else None)


def is_own(name: str) -> bool:
    """Whether a name is a kind or one of our own rules: of an engine's rules we cannot tell."""
    from orchestrator.validate.kinds import KINDS
    from orchestrator.validate.secrets import FORMATS

    return name in KINDS or name in OWN_RULES or any(name == rule for rule, *_ in FORMATS)
