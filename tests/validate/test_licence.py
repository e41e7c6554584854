"""Licences and others' code in a component: what needs a look, and what does not."""

from __future__ import annotations

import pytest

from orchestrator.config.policy_layers import DEFAULT_LICENCES
from orchestrator.model import Outcome
from orchestrator.validate import Policy
from orchestrator.validate.licence import examine_licences, permitted

MIT = "MIT\n\nPermission is hereby granted, free of charge, to any person\nobtaining a copy of this software"
GPL = "                    GNU GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007\n"
LGPL = "GNU LESSER GENERAL PUBLIC LICENSE … incorporates the terms of the GNU General Public License"
AGPL = "GNU AFFERO GENERAL PUBLIC LICENSE … the GNU General Public License"
APACHE = "Apache License\n   Version 2.0, January 2004"
APACHE_NOTICE = 'Licensed under the Apache License, Version 2.0 (the "License");'
BSD3 = (
    "Redistribution and use in source and binary forms, with or …\nNeither the name of the copyright holder"
)
BSD2 = "Redistribution and use in source and binary forms, with or without modification"


def found(texts: dict[str, str], policy: Policy | None = None) -> list[tuple[str, str, str]]:
    return [(x.path, x.rule, x.name) for x in examine_licences(texts, policy or Policy())]


@pytest.mark.parametrize(
    ("expression", "met"),
    [
        ("MIT", True),
        ("mit", True),
        ("Apache-2.0", True),
        ("GPL-3.0-only", False),
        ("GPL-3.0-or-later", False),
        ("MIT OR GPL-3.0-only", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND Apache-2.0", True),
        ("(MIT OR GPL-2.0-only) AND ISC", True),
        ("MIT OR GPL-2.0-only AND GPL-3.0-only", True),
        ("(MIT OR GPL-2.0-only) AND GPL-3.0-only", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("Apache-2.0+", True),
        ("LicenseRef-Proprietary", False),
        ("", False),
        ("MIT GPL-3.0-only", False),
        ("MIT OR", False),
        ("OR MIT", False),
        ("(MIT", False),
        ("MIT)", False),
        ("()", False),
    ],
)
def test_expressions(expression: str, met: bool) -> None:
    assert permitted(expression, DEFAULT_LICENCES) is met


@pytest.mark.parametrize(
    ("text", "name"),
    [(GPL, "GPL"), (LGPL, "LGPL"), (AGPL, "AGPL-3.0"), ("Business Source License 1.1", "BUSL-1.1")],
)
def test_a_licence_file_that_is_not_listed(text: str, name: str) -> None:
    assert found({"LICENSE": text}) == [("LICENSE", "licence.not-allowed", name)]


@pytest.mark.parametrize("text", [MIT, APACHE, APACHE_NOTICE, BSD3, BSD2])
def test_permissive_ones_pass(text: str) -> None:
    assert found({"LICENSE.md": text, "src/COPYING": text}) == []


def test_bsd_with_three_clauses_is_told_from_two() -> None:
    two_only = Policy(licences=("BSD-2-Clause",))
    assert found({"LICENSE": BSD3}, two_only) == [("LICENSE", "licence.not-allowed", "BSD-3-Clause")]
    assert found({"LICENSE": BSD2}, two_only) == []


def test_headers_of_files_count_wherever_they_stand() -> None:
    texts = {
        "a.py": "#!/usr/bin/env python\n# SPDX-License-Identifier: GPL-2.0-only\n",
        "b.c": "/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */",
        "c.html": "<!-- SPDX-License-Identifier: MIT -->",
        "late.py": "x\n" * 4000 + "# SPDX-License-Identifier: GPL-2.0-only",
    }
    assert found(texts) == [("a.py", "licence.not-allowed", "GPL-2.0-only")]


def test_a_text_that_nobody_knows_is_looked_at_and_code_about_licences_is_not() -> None:
    assert found({"LICENSE": "Todos os direitos reservados."}) == [("LICENSE", "licence.unknown", "")]
    assert found({"LICENSE": ""}) == [("LICENSE", "licence.unknown", "")]
    assert (
        found({"licence.py": "x = 1", "license_check.py": "x", "docs/licenca.md": "x", "auth.py": ""}) == []
    )


def test_others_code_is_told_once_by_its_topmost_folder() -> None:
    texts = {
        "web/node_modules/a/index.js": "",
        "web/node_modules/a/node_modules/b/LICENSE": GPL,
        "Vendor/x.go": "",
        "vendor.py": "",
    }
    assert found(texts) == [
        ("web/node_modules", "licence.vendored", "node_modules"),
        ("Vendor", "licence.vendored", "Vendor"),
    ]


def test_the_policy_decides_what_follows() -> None:
    texts = {"LICENSE": GPL, "vendor/x": ""}
    assert {x.outcome for x in examine_licences(texts, Policy())} == {Outcome.REVIEW}
    strict = Policy(outcomes={"licence": Outcome.BLOCK})
    assert {x.outcome for x in examine_licences(texts, strict)} == {Outcome.BLOCK}
    assert examine_licences(texts, Policy(outcomes={"licence": Outcome.ALLOW})) == []
    assert found({"LICENSE": GPL}, Policy(licences=("GPL",))) == []
