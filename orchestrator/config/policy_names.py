"""The words of a policy file: kinds of insight, kinds of finding, and how a rule is written."""

from __future__ import annotations

from orchestrator.model import Kind

INSIGHT_KINDS: tuple[str, ...] = tuple(kind.value for kind in Kind)

# What `validate/kinds.py` knows (a test compares them); here, because a file is checked when it is read.
FINDING_KINDS: tuple[str, ...] = (
    *(
        "engine",
        "size",
        "canary",
        "secret",
        "card",
        "credential",
        "rg",
        "private",
        "company",
        "cpf",
        "cnpj",
        "nis",
    ),
    *("voter", "cnh", "health", "pix", "address", "email", "phone", "person", "host", "ip"),
    *("confidential", "file", "commit", "licence", "quality"),
)
RULE = r"[a-z][a-z0-9-]{0,30}(?:\.[a-z0-9][a-z0-9-]{0,60}){1,3}"  # `secret.jwt`, `personal.email`
