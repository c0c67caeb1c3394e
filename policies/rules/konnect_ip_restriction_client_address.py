"""An ``ip-restriction`` must not allow an edge's ranges where gateways see the client's address.

``KONG_REAL_IP_HEADER`` and ``KONG_TRUSTED_IPS`` replace the edge's address by the client's before
the plugin judges it. A list of the edge's ranges would then refuse every client. The rule cannot
tell an edge's ranges from those of clients: a list of clients is an exception, with its reason.
Source: Kong, "IP Restriction" and "Network and real IP configuration".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pulumi_policy import PolicyResource, Severity

from policies import types
from policies.konnect import ControlPlanes, groups_of
from policies.rule import Config, Unknowns, Violation, of_type, stack_rule

_REAL_IP = ("KONG_REAL_IP_HEADER", "KONG_TRUSTED_IPS")


def _check(
    resources: Sequence[PolicyResource], config: Config, unknowns: Unknowns
) -> Iterator[Violation]:
    planes = ControlPlanes(resources)
    replacing: dict[str, str] = {}
    for configuration in of_type(resources, types.CONFIGURATION):
        with unknowns.noted(configuration.name):
            if variables := sorted(_variables(configuration)):
                replacing[planes.of(configuration)] = " and ".join(variables)
    for plugin in of_type(resources, types.PLUGIN):
        with unknowns.noted(plugin.name):
            if plugin.props.get("name") != "ip-restriction":
                continue
            settings = plugin.props.get("config") or {}
            if settings.get("allow") and (replaced_by := replacing.get(planes.of(plugin))):
                yield Violation(
                    f"allows addresses, and {replaced_by} of its gateways puts the client's "
                    "address in place of an edge's: ranges of an edge in it refuse every client",
                    plugin.urn,
                )


def _variables(configuration: PolicyResource) -> set[str]:
    """The variables of a configuration that replace the address of a connection."""
    return {
        one["name"]
        for group in groups_of(configuration)
        for one in group.get("environment") or ()
        if one["name"] in _REAL_IP and one.get("value")
    }


policy = stack_rule(
    "konnect-ip-restriction-client-address",
    "No allow-list of an edge's ranges is judged by the client's address.",
    _check,
    severity=Severity.MEDIUM,
    remedy="Allow clients' ranges only; the origin secret of the entry keeps others out.",
)
