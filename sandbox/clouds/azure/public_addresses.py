"""Public IP addresses of the Standard SKU, which are static. Azure has retired the Basic SKU."""

from __future__ import annotations

from sandbox.clouds.azure.cloud import AZURE, NETWORK, azure
from sandbox.clouds.azure.names import place, same_name
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import block, text, text_set, whole
from sandbox.clouds.wire import Values

_LABEL_TAKEN: Error = (
    "DnsRecordInUse",
    "DNS record {fqdn} is already used by another public IP.",
)
_NOT_STATIC: Error = (
    "PublicIPAddressStandardSkuMustBeStatic",
    "Standard sku publicIp {it} must have AllocationMethod set to Static.",
)
"""Azure's code is not documented."""


def _fqdn(call: Call) -> str | None:
    """The full name of an address with a DNS label."""
    label = call.values.get("dnsSettings", {}).get("domainNameLabel")
    region = str(place(call)).replace(" ", "").lower()
    return f"{label}.{region}.cloudapp.azure.com" if label else None


def _static(call: Call) -> None:
    """A rule: an address of the Standard SKU is static."""
    if call.values.get("publicIPAllocationMethod") != "Static":
        raise call.error(_NOT_STATIC)


def _own_label(call: Call) -> None:
    """A rule: no other address of the region has the DNS label."""
    fqdn, it = _fqdn(call), PUBLIC_ADDRESS.id(call)
    for other in call.store.anywhere(AZURE.name, PUBLIC_ADDRESS.token):
        known = other.body.get("dnsSettings", {}).get("fqdn")
        if fqdn is not None and known == fqdn and not same_name(other.id, it):
            raise call.error(_LABEL_TAKEN, fqdn=fqdn)


def _named(call: Call) -> Values:
    fqdn = _fqdn(call)
    return {"dnsSettings": {**call.values["dnsSettings"], "fqdn": fqdn}} if fqdn else {}


def _address(call: Call) -> str:
    """The next address. Every run gives the same ones."""
    number = call.store.serial("azure:public address")
    return f"20.62.{number // 250}.{number % 250 + 1}"


PUBLIC_ADDRESS = azure(
    NETWORK,
    "PublicIPAddress",
    {
        "sku": block({"name": text(choices=("Standard",))}, fixed=True),
        "publicIPAllocationMethod": text(choices=("Static", "Dynamic")),
        "publicIPAddressVersion": text(choices=("IPv4",), computed=True, fixed=True),
        "ipAddress": text(computed=True),
        "idleTimeoutInMinutes": whole(between=(4, 30), computed=True),
        "dnsSettings": block(
            {"domainNameLabel": text(), "fqdn": text(computed=True)}, computed=True
        ),
        "zones": text_set(fixed=True),
    },
    kind="publicIPAddresses",
    named="publicIpAddressName",
    in_use=(
        "PublicIPAddressCannotBeDeleted",
        "Public IP address {id} can not be deleted since it is still allocated to resource {by}.",
    ),
    has_guid=True,
    rules=(_static, _own_label),
    made=lambda call, id_: {
        "publicIPAddressVersion": "IPv4",
        "ipAddress": _address(call),
        "idleTimeoutInMinutes": call.values.get("idleTimeoutInMinutes", 4),
        **_named(call),
    },
    changed=_named,
)
