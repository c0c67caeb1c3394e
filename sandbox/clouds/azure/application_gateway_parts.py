"""The parts of an Application Gateway: listeners, certificates, backends, probes and routing rules.

They refer to each other by ids below the gateway's own.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

from sandbox.clouds.azure.cloud import REFERENCED
from sandbox.clouds.azure.names import same_name
from sandbox.clouds.declare import Call, CloudError, Error
from sandbox.clouds.wire import Values

_NO_PRIORITY: Error = (
    "ApplicationGatewayRequestRoutingRulePriorityCannotBeEmpty",
    "Priority for the request routing rule {part} cannot be empty. All request routing rules "
    "should have a priority defined starting from api-version 2021-08-01.",
)
_SAME_PORT: Error = (
    "ApplicationGatewayHttpListenersUsingSameFrontendPort",
    "Two Http Listeners of Application Gateway {it} are using the same Frontend Port and HostName: "
    "{one} and {other}.",
)
_PROBE_PROTOCOL: Error = (
    "ApplicationGatewayProbeProtocolMustMatchBackendHttpSettingsProtocol",
    "Probe {probe} and backend http settings {part} of Application Gateway {it} must have the same "
    "protocol.",
)


def refused(call: Call, said: str) -> CloudError:
    """The error for a request that Azure does not accept, where it documents no code."""
    return call.error(("InvalidRequestFormat", "{said}"), said=said)


_COLLECTIONS = (
    "gatewayIPConfigurations",
    "frontendIPConfigurations",
    "frontendPorts",
    "sslCertificates",
    "trustedRootCertificates",
    "backendAddressPools",
    "probes",
    "backendHttpSettingsCollection",
    "httpListeners",
    "requestRoutingRules",
)
_POINTERS = {
    "backendHttpSettingsCollection": ("probe", "trustedRootCertificates"),
    "httpListeners": ("frontendIPConfiguration", "frontendPort", "sslCertificate"),
    "requestRoutingRules": ("httpListener", "backendAddressPool", "backendHttpSettings"),
}
"""By collection: the members that refer to other parts of the gateway."""


def _part_id(call: Call, collection: str, name: str) -> str:
    gateway = call.world.cloud.types[call.token].id(call)
    return f"{gateway}/{collection}/{name}"


def _part(call: Call, collection: str, pointer: Values | None) -> Values | None:
    """The part that a reference names."""
    wanted = (pointer or {}).get("id", "")
    for part in call.values.get(collection, []):
        if same_name(_part_id(call, collection, part.get("name", "")), wanted):
            return dict(part)
    return None


def named_parts(call: Call) -> None:
    """A rule: each part has a name of its own, and refers to parts of the same gateway."""
    known = set()
    for collection in _COLLECTIONS:
        for part in call.values.get(collection, []):
            id_ = _part_id(call, collection, part.get("name", "")).lower()
            if not part.get("name") or id_ in known:
                raise refused(call, f"Each item of {collection} must have a name of its own.")
            known.add(id_)
    for collection, members in _POINTERS.items():
        for part in call.values.get(collection, []):
            for pointer in _pointers(part, members):
                if pointer.lower() not in known:
                    own = _part_id(call, collection, part["name"])
                    raise call.error(REFERENCED, id=pointer, it=own)


def _pointers(part: Values, members: tuple[str, ...]) -> Iterator[str]:
    for member in members:
        value = part.get(member)
        for one in value if isinstance(value, list) else [value] if value else []:
            yield one["id"]


def each_of(collection: str, check: Callable[[Call, Values], None]) -> Callable[[Call], None]:
    """A rule that checks each part of a collection, of which there is at least one."""

    def rule(call: Call) -> None:
        if not call.values.get(collection):
            raise refused(call, f"Application Gateway needs at least one of {collection}.")
        for part in call.values[collection]:
            check(call, part)

    return rule


def listener(call: Call, one: Values) -> None:
    """A listener has an address and a port; one for HTTPS has a certificate."""
    name = one["name"]
    for member in ("frontendIPConfiguration", "frontendPort", "protocol"):
        if not one.get(member):
            raise refused(call, f"Listener {name} needs a {member}.")
    if one["protocol"] == "Https" and not one.get("sslCertificate"):
        raise refused(call, f"Listener {name} is for Https, so it needs an sslCertificate.")
    for other in call.values["httpListeners"]:
        if other["name"] != name and _listened(other) == _listened(one):
            raise call.error(_SAME_PORT, one=name, other=other["name"])


def _listened(one: Values) -> tuple[str, str, str]:
    """The address, port and host name that a listener answers for."""
    return (
        one.get("frontendIPConfiguration", {}).get("id", "").lower(),
        one.get("frontendPort", {}).get("id", "").lower(),
        one.get("hostName", ""),
    )


def routing_rule(call: Call, rule: Values) -> None:
    """A rule has a priority of its own, a listener and backends."""
    part = _part_id(call, "requestRoutingRules", rule["name"])
    if not rule.get("priority"):
        raise call.error(_NO_PRIORITY, part=part)
    same = [
        one for one in call.values["requestRoutingRules"] if one["priority"] == rule["priority"]
    ]
    if len(same) > 1:
        raise refused(call, f"Two request routing rules have the priority {rule['priority']}.")
    for member in ("httpListener", "backendAddressPool", "backendHttpSettings"):
        if not rule.get(member):
            raise refused(call, f"Request routing rule {rule['name']} needs a {member}.")


def backend_settings(call: Call, settings: Values) -> None:
    """Settings of backends have a port and a protocol, which is that of their probe."""
    for member in ("port", "protocol"):
        if not settings.get(member):
            raise refused(call, f"Backend http settings {settings['name']} need a {member}.")
    probe = _part(call, "probes", settings.get("probe"))
    if probe is None:
        return
    if probe.get("protocol") != settings["protocol"]:
        raise call.error(_PROBE_PROTOCOL, probe=probe["name"], part=settings["name"])
    if not probe.get("host") and not probe.get("pickHostNameFromBackendHttpSettings"):
        raise refused(call, f"Probe {probe['name']} needs a host.")
    if not probe.get("path", "").startswith("/"):
        raise refused(call, f"The path of probe {probe['name']} must begin with '/'.")


def pool(call: Call, pool: Values) -> None:
    """A backend has a name or an address."""
    for backend in pool.get("backendAddresses", []):
        if ("fqdn" in backend) == ("ipAddress" in backend):
            raise refused(call, f"A backend of {pool['name']} needs an fqdn or an ipAddress.")
        if "ipAddress" in backend:
            try:
                ipaddress.IPv4Address(backend["ipAddress"])
            except ValueError:
                raise refused(call, f"{backend['ipAddress']} is no IPv4 address.") from None


def certificates(call: Call) -> None:
    """A rule: a certificate has data or a secret of a key vault, which an identity may read."""
    for certificate in call.values.get("sslCertificates", []):
        secret = certificate.get("keyVaultSecretId")
        if bool(secret) == bool(certificate.get("data")):
            said = f"Certificate {certificate['name']} needs either data or a keyVaultSecretId."
            raise refused(call, said)
        if secret and not call.values.get("identity", {}).get("userAssignedIdentities"):
            said = "needs a user assigned identity to read it."
            raise refused(call, f"Certificate {certificate['name']} is in a key vault, so {said}")
