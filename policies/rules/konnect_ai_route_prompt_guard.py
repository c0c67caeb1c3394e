"""Every route to a language model must have a prompt guard plugin, which checks the prompts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pulumi_policy import PolicyResource, Severity

from policies.governance import AI_PROXIES, RoutePlugins, plugin_names
from policies.rule import Config, Unknowns, Violation, stack_rule

_GUARDS: Final = (
    "ai-aws-guardrails",
    "ai-azure-content-safety",
    "ai-gcp-model-armor",
    "ai-lakera-guard",
    "ai-prompt-guard",
    "ai-semantic-prompt-guard",
)


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    routes = RoutePlugins(resources)
    for traffic in routes.traffic_of(AI_PROXIES, unknowns):
        if not routes.governed(traffic, config["plugins"], unknowns):
            yield Violation("has an AI proxy and no prompt guard plugin", traffic.urn)


policy = stack_rule(
    "konnect-ai-route-prompt-guard",
    "AI routes have a prompt guard.",
    _check,
    severity=Severity.HIGH,
    remedy="Add ai-prompt-guard or ai-semantic-prompt-guard to the route, its service or its "
    "control plane.",
    config={"plugins": plugin_names(_GUARDS, "guard prompts")},
)
