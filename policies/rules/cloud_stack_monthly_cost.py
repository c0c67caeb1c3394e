"""The monthly cost of an environment, at list prices, must not exceed its ceiling.

Most of the bill has no published price: gateway instances, managed caches, traffic. The ceiling
applies to the known costs, and the message names the costs that are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from pulumi_policy import PolicyResource, Severity
from pulumi_policy.proxy import UNKNOWN_NUMBER_VALUE, UnknownValueError

from policies.rule import Config, Unknowns, Violation, stack_rule
from stacks.costs import Estimate, estimate

_NAMED: Final = 3
"""How many of the most expensive items a message names."""
_LATER: Final = "not known yet"
"""How the estimate's reason ends if the value is unknown only until `up`."""


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    found = estimate(resources)
    ceiling = Decimal(str(config["ceiling"]))
    if found.total > ceiling:
        yield Violation(_message(found, ceiling))
    for line in found.unknown:
        if line.why.endswith(_LATER):
            error = UnknownValueError(UNKNOWN_NUMBER_VALUE, [f"cost ({line.item})"])
            unknowns.errors.append((line.name, error))


def _message(found: Estimate, ceiling: Decimal) -> str:
    dearest = ", ".join(
        f"{line.item} of {line.name} ({line.monthly} USD)" for line in found.lines[:_NAMED]
    )
    uncounted = ", ".join(sorted({line.item for line in found.unknown}))
    also = f"; not counted, because no price is known: {uncounted}" if uncounted else ""
    return (
        f"costs {found.total} USD a month, and at most {ceiling:.2f} USD are allowed; most "
        f"expensive: {dearest}{also}"
    )


policy = stack_rule(
    "cloud-stack-monthly-cost",
    "The monthly list price of the environment is below its ceiling.",
    _check,
    severity=Severity.MEDIUM,
    remedy="Remove what is not needed, or raise the ceiling in the rule's configuration.",
    config={
        "ceiling": {
            "type": "number",
            "minimum": 0,
            "default": 10000,
            "description": "USD a month, at list prices.",
        }
    },
)
