"""What follows from a finding when several policies speak of it, and who decided it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.config.policy_layers import PolicyLayers
from orchestrator.model import Outcome
from orchestrator.validate.kinds import DEFAULT_OUTCOMES, floor


@dataclass(frozen=True, slots=True)
class Layer:
    """One policy's outcomes by kind of finding or rule, and whether it may loosen what is before it.

    Plain values, for a policy is sent to the scanning process. `source` is the index of the policy in
    `PolicyLayers.layers`, `company` whom it speaks of ('': all).
    """

    outcomes: Mapping[str, Outcome]
    loosens: bool
    source: int
    company: str

    @property
    def canonical(self) -> list[Any]:
        """What decides, as plain values in one order."""
        return [self.loosens, sorted((name, str(outcome)) for name, outcome in self.outcomes.items())]


@dataclass(frozen=True, slots=True)
class Ruling:
    """An outcome and who decided it: a layer by the name of a rule or kind; None for the default.

    `floored`: the layer said less, and no policy goes below the floor.
    """

    outcome: Outcome
    layer: Layer | None = None
    name: str = ""
    floored: bool = False


def layers_for(files: PolicyLayers, company: str, kind: str, also: Sequence[str] = ()) -> tuple[Layer, ...]:
    """The layers for one kind of insight of a company, '' for the coordinator.

    The coordinator speaks of every company: what the files say for one of `also` only tightens.
    """
    asked = ((n, layer, one) for n, layer in enumerate(files.layers) for one in (company, *also))
    return tuple(
        Layer(
            {name: outcome for name, (outcome, _key) in said.items()},
            layer.loosens and one == company,
            source,
            one,
        )
        for source, layer, one in asked
        if (said := layer.file.findings(one, kind))
    )


def ruled(kind: str, rule: str, layers: Sequence[Layer]) -> Ruling:
    """The outcome of a finding: the default, as each layer changes or tightens it, never below the floor.

    In a layer the rule's own name wins over that of its kind.
    """
    ruling = Ruling(DEFAULT_OUTCOMES[kind])
    for layer in layers:
        name = rule if rule in layer.outcomes else kind
        said = layer.outcomes.get(name)
        if said is not None and (layer.loosens or said.severity > ruling.outcome.severity):
            ruling = Ruling(said, layer, name)
    least = floor(kind, rule)
    if ruling.outcome.severity < least.severity:
        return Ruling(least, ruling.layer, ruling.name, floored=True)
    return ruling
