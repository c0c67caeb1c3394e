"""VPN gateways in virtual hubs, and the sites that they connect to.

A gateway has two instances, each with a public address and a BGP address. Each tunnel of a site
goes to both. For peers that need link-local BGP addresses an instance has custom ones.

Source: Microsoft, "Create a site-to-site connection using Azure Virtual WAN", "Virtual WAN FAQ",
and the REST reference of VPN gateways and VPN sites. Codes that Microsoft does not document are
``InvalidRequestFormat`` here.
"""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address

from sandbox.clouds.azure.cloud import NETWORK, azure, holders, sub_resource
from sandbox.clouds.azure.hub_routes import unreserved
from sandbox.clouds.azure.names import place, same_location, same_name
from sandbox.clouds.azure.spaces import block as address_block
from sandbox.clouds.azure.spaces import prefixes
from sandbox.clouds.azure.wan import VIRTUAL_HUB, VIRTUAL_WAN
from sandbox.clouds.declare import Call, Error
from sandbox.clouds.inputs import Input, block, blocks, flag, number, text, texts, whole
from sandbox.clouds.wire import Values
from sandbox.store import Found

INSTANCES = ("Instance0", "Instance1")
"""The ids of the two IP configurations of every gateway."""
VPN_CONNECTION = "azure-native:network:VpnConnection"
HUB_ASN = 65515
"""The ASN of every gateway in a hub. Source: Microsoft, "Virtual WAN FAQ"."""

_GATEWAY_SECONDS = 30 * 60
"""Microsoft: "A virtual hub and gateway can take about 30 minutes to create"."""
_MOST_LINKS = 4
"""Links of one site. Source: Microsoft, "Virtual WAN FAQ"."""
_CUSTOM = (IPv4Address("169.254.21.0"), IPv4Address("169.254.22.255"))
"""Azure's custom BGP addresses are from the first to the second."""
_INVALID = "InvalidRequestFormat"

_ASN: Error = (_INVALID, "The ASN {asn} of VPN gateway {it} is invalid: it must be 65515.")
_NOT_LINK_LOCAL: Error = (
    _INVALID,
    "The custom BGP address {address} of VPN gateway {it} is invalid: it must be from 169.254.21.0 "
    "to 169.254.22.255.",
)
_TWICE: Error = (
    _INVALID,
    "The custom BGP address {address} of VPN gateway {it} is given twice: each is of one instance.",
)
_ADDRESS_IN_USE: Error = (
    _INVALID,
    "The custom BGP address {address} of VPN gateway {it} is in use by connection {by}.",
)
_SECOND: Error = (
    _INVALID,
    "VPN gateway {it} cannot be created: virtual hub {hub} has the VPN gateway {other}.",
)


# Gateways


def custom_addresses(gateway: Values) -> dict[str, list[str]]:
    """The custom BGP addresses in the inputs or the body of a gateway, by instance."""
    given = gateway.get("bgpSettings", {}).get("bgpPeeringAddresses", [])
    return {one["ipconfigurationId"]: one.get("customBgpIpAddresses", []) for one in given}


def _one_in_its_hub(call: Call) -> None:
    """A rule: a gateway is in a hub of its location, and no other gateway is."""
    hubs = call.found.get("virtualHub.id")
    if not hubs:
        raise call.error((_INVALID, "VPN gateway {it} needs a virtualHub."))
    hub, it = hubs[0], VPN_GATEWAY.id(call)
    if not same_location(hub.body["location"], str(place(call))):
        said = "VPN gateway {it} must be in the location of virtual hub {hub}, {location}."
        raise call.error((_INVALID, said), hub=hub.id, location=hub.body["location"])
    for other in holders(call, hub, VPN_GATEWAY):
        if not same_name(other.id, it):
            raise call.error(_SECOND, hub=hub.id, other=other.id)


def _bgp_settings(call: Call) -> None:
    """A rule: the ASN is 65515, and each custom address is link-local and of one instance."""
    asn = call.values.get("bgpSettings", {}).get("asn", HUB_ASN)
    if asn != HUB_ASN:
        raise call.error(_ASN, asn=int(asn))
    custom = custom_addresses(call.values)
    for unknown in set(custom) - set(INSTANCES):
        said = "VPN gateway {it} has no IP configuration {unknown}: it has Instance0 and Instance1."
        raise call.error((_INVALID, said), unknown=unknown)
    seen: set[str] = set()
    for address in (one for many in custom.values() for one in many):
        if not _CUSTOM[0] <= IPv4Address(address) <= _CUSTOM[1]:
            raise call.error(_NOT_LINK_LOCAL, address=address)
        if address in seen:
            raise call.error(_TWICE, address=address)
        seen.add(address)
    if call.stored is not None and "bgpSettings" in call.values:
        _keep_used(call, seen)


def _keep_used(call: Call, addresses: set[str]) -> None:
    """Refuse an update without a custom address that a connection uses."""
    gateway = call.world.find(VPN_GATEWAY, call.id)
    assert gateway is not None
    for _, user in call.store.users(gateway):
        if user.kind == VPN_CONNECTION:
            for link in user.body.get("vpnLinkConnections", []):
                for one in link.get("vpnGatewayCustomBgpAddresses", []):
                    if one["customBgpIpAddress"] not in addresses:
                        address = one["customBgpIpAddress"]
                        raise call.error(_ADDRESS_IN_USE, address=address, by=user.id)


def _addresses(call: Call) -> list[Values]:
    """The addresses of the instances of a new gateway. Every run gives the same ones."""
    hub = call.found["virtualHub.id"][0]
    (prefix,) = prefixes(hub.body)
    base = address_block(call, prefix, hub.id).network_address
    made = []
    for index, instance in enumerate(INSTANCES):
        serial = call.store.serial("azure:vpn gateway address")
        made.append(
            {
                "ipconfigurationId": instance,
                "defaultBgpIpAddresses": [str(base + 12 + index)],
                "tunnelIpAddresses": [
                    f"20.98.{serial // 250}.{serial % 250 + 1}",
                    str(base + 4 + index),
                ],
            }
        )
    return made


def _made_settings(call: Call, addresses: list[Values], given: Values) -> Values:
    """The settings of a gateway: those that are given, with the addresses of its instances."""
    custom = custom_addresses(given)
    return {
        "asn": HUB_ASN,
        "peerWeight": given.get("bgpSettings", {}).get("peerWeight", 0),
        "bgpPeeringAddresses": [
            {**one, "customBgpIpAddresses": custom.get(one["ipconfigurationId"], [])}
            for one in addresses
        ],
    }


def _made_gateway(call: Call, id_: str) -> Values:
    addresses = _addresses(call)
    return {
        "vpnGatewayScaleUnit": call.values.get("vpnGatewayScaleUnit", 1),
        "bgpSettings": _made_settings(call, addresses, call.values),
        "ipConfigurations": [
            {
                "id": one["ipconfigurationId"],
                "publicIpAddress": one["tunnelIpAddresses"][0],
                "privateIpAddress": one["tunnelIpAddresses"][1],
            }
            for one in addresses
        ],
    }


def _changed_gateway(call: Call) -> Values:
    assert call.stored is not None
    given = call.values if "bgpSettings" in call.values else call.stored
    addresses = call.stored["bgpSettings"]["bgpPeeringAddresses"]
    return {"bgpSettings": _made_settings(call, addresses, given)}


_PEERING_ADDRESS: dict[str, Input] = {
    "ipconfigurationId": text(same=same_name),
    "customBgpIpAddresses": texts(unordered=True, computed=True),
}

VPN_GATEWAY = azure(
    NETWORK,
    "VpnGateway",
    {
        "virtualHub": block(sub_resource(VIRTUAL_HUB), fixed=True),
        "vpnGatewayScaleUnit": whole(between=(1, 20), computed=True),
        "bgpSettings": block(
            {
                "asn": number(computed=True),
                "peerWeight": whole(computed=True),
                "bgpPeeringAddresses": blocks(_PEERING_ADDRESS, unordered=True, computed=True),
            },
            computed=True,
        ),
        "isRoutingPreferenceInternet": flag(fixed=True),
        "enableBgpRouteTranslationForNat": flag(),
    },
    named="gatewayName",
    rules=(_one_in_its_hub, _bgp_settings),
    outputs=("ipConfigurations",),
    made=_made_gateway,
    changed=_changed_gateway,
    seconds=_GATEWAY_SECONDS,
)


# Sites


def _links(call: Call) -> None:
    """A rule: a site is of a WAN, and has one to four links, each with a name and an address."""
    links = call.values.get("vpnSiteLinks", [])
    if not call.found.get("virtualWan.id"):
        raise call.error((_INVALID, "VPN site {it} needs a virtualWan."))
    if not 1 <= len(links) <= _MOST_LINKS:
        said = "VPN site {it} has {count} links: it needs one to 4."
        raise call.error((_INVALID, said), count=len(links))
    names = [link.get("name", "").lower() for link in links]
    if not all(names) or len(set(names)) < len(names):
        raise call.error((_INVALID, "Each link of VPN site {it} needs a name of its own."))
    for link in links:
        _link(call, link)
    addresses = [link["ipAddress"] for link in links if "ipAddress" in link]
    if len(set(addresses)) < len(addresses):
        raise call.error((_INVALID, "Each link of VPN site {it} needs an address of its own."))


def _link(call: Call, link: Values) -> None:
    """Refuse a link without one public address or name, or with an invalid BGP peer."""
    name = link["name"]
    if ("ipAddress" in link) == ("fqdn" in link):
        said = "Link {name} of VPN site {it} needs an ipAddress or an fqdn, and not both."
        raise call.error((_INVALID, said), name=name)
    if "ipAddress" in link and not ip_address(link["ipAddress"]).is_global:
        said = "The ipAddress {address} of link {name} of VPN site {it} is not a public address."
        raise call.error((_INVALID, said), name=name, address=link["ipAddress"])
    bgp = link.get("bgpProperties", {})
    if bgp and not (bgp.get("asn") and bgp.get("bgpPeeringAddress")):
        said = "The bgpProperties of link {name} of VPN site {it} need asn and bgpPeeringAddress."
        raise call.error((_INVALID, said), name=name)
    unreserved(call, bgp.get("asn"))


def _keep_connected(call: Call) -> None:
    """A rule: a link that a connection uses stays."""
    site = call.world.find(VPN_SITE, call.id) if call.stored is not None else None
    if site is None:
        return
    kept = {link["name"].lower() for link in call.values["vpnSiteLinks"]}
    for _, user in call.store.users(site):
        for used in user.body.get("vpnLinkConnections", []):
            name = used["vpnSiteLink"]["id"].rsplit("/", 1)[-1]
            if name.lower() not in kept:
                said = "Link {name} of VPN site {it} is in use by connection {by}."
                raise call.error((_INVALID, said), name=name, by=user.id)


def site_links(site: Found) -> dict[str, Values]:
    """The links of a site by their ids, in lower case."""
    return {link["id"].lower(): link for link in site.body["vpnSiteLinks"]}


def _made_links(call: Call) -> Values:
    id_ = call.id or VPN_SITE.id(call)
    links = call.values["vpnSiteLinks"]
    return {
        "vpnSiteLinks": [{**link, "id": f"{id_}/vpnSiteLinks/{link['name']}"} for link in links]
    }


VPN_SITE = azure(
    NETWORK,
    "VpnSite",
    {
        "virtualWan": block(sub_resource(VIRTUAL_WAN), fixed=True),
        "addressSpace": block({"addressPrefixes": texts()}),
        "deviceProperties": block(
            {"deviceModel": text(), "deviceVendor": text(), "linkSpeedInMbps": whole()}
        ),
        "isSecuritySite": flag(),
        "vpnSiteLinks": blocks(
            {
                "id": text(computed=True),
                "name": text(),
                "ipAddress": text(),
                "fqdn": text(),
                "bgpProperties": block({"asn": number(), "bgpPeeringAddress": text()}),
                "linkProperties": block({"linkProviderName": text(), "linkSpeedInMbps": whole()}),
            }
        ),
    },
    rules=(_links, _keep_connected),
    made=lambda call, id_: _made_links(call),
    changed=_made_links,
)
