"""Connections of VPN gateways in virtual hubs to VPN sites.

A connection has a link connection for each link of the site that it uses: a tunnel from each of the
gateway's two instances, with one pre-shared key and one IPsec policy. A gateway makes one
connection at a time.

Source: Microsoft, REST reference of VPN connections; "Site-to-site IPsec policies"; "About virtual
hub routing"; "How to connect AWS and Azure using a BGP-enabled VPN gateway". Codes that Microsoft
does not document are ``InvalidRequestFormat`` here.
"""

from __future__ import annotations

from sandbox.clouds.azure.cloud import NETWORK, azure, holders, one_at_a_time, sub_resource
from sandbox.clouds.azure.hub_routes import associated_table, own_table, routing_configuration
from sandbox.clouds.azure.names import same_name
from sandbox.clouds.azure.vpn import VPN_GATEWAY, VPN_SITE, custom_addresses, site_links
from sandbox.clouds.azure.wan import VIRTUAL_HUB
from sandbox.clouds.declare import Call, Error, name_of
from sandbox.clouds.inputs import Input, block, blocks, flag, text, whole
from sandbox.clouds.wire import Values

_INVALID = "InvalidRequestFormat"
_LONGEST_KEY = 128
_SECONDS = 60
"""Microsoft publishes no duration. This is an estimate."""
_SHORTEST_LIFE = 300
"""The least lifetime of a security association, in seconds."""
_LEAST_DATA = 1024
"""The least data of a security association, in KiB."""

_IKE: dict[str, tuple[str, ...]] = {
    "ikeEncryption": ("GCMAES256", "GCMAES128", "AES256", "AES192", "AES128"),
    "ikeIntegrity": ("GCMAES256", "GCMAES128", "SHA384", "SHA256", "SHA1"),
    "dhGroup": ("ECP384", "ECP256", "DHGroup24", "DHGroup14", "DHGroup2048", "DHGroup2"),
    "ipsecEncryption": ("GCMAES256", "GCMAES192", "GCMAES128", "AES256", "AES192", "AES128"),
    "ipsecIntegrity": ("GCMAES256", "GCMAES192", "GCMAES128", "SHA256", "SHA1"),
    "pfsGroup": ("ECP384", "ECP256", "PFS24", "PFS14", "PFS2048", "PFS2", "None"),
}

_NOT_A_LINK: Error = (
    _INVALID,
    "Link connection {name} of {it} refers to {link}, which is not a link of VPN site {site}.",
)
_NOT_AN_ADDRESS: Error = (
    _INVALID,
    "The custom BGP address {address} of link connection {name} of {it} is not one of {instance} "
    "of VPN gateway {gateway}.",
)
_NOT_DEFAULT: Error = (
    _INVALID,
    "Connection {it} cannot be associated with route table {table}: connections of branches are "
    "associated with the defaultRouteTable.",
)
_CONNECTED: Error = (
    _INVALID,
    "VPN site {site} cannot be connected by {it}: VPN gateway {gateway} is connected to it by "
    "{other}.",
)


def _of_one_wan(call: Call) -> None:
    """A rule: a connection has a site of the WAN of its hub, and the site no other connection."""
    gateway, sites = call.found["gatewayName"][0], call.found.get("remoteVpnSite.id")
    if not sites:
        raise call.error((_INVALID, "VPN connection {it} needs a remoteVpnSite."))
    hub = call.world.get(VIRTUAL_HUB, gateway.body["virtualHub"]["id"]) or {}
    wan, site_wan = hub.get("virtualWan", {}).get("id", ""), sites[0].body["virtualWan"]["id"]
    if not same_name(wan, site_wan):
        said = "VPN site {site} is not of the virtual WAN of VPN gateway {gateway}."
        raise call.error((_INVALID, said), site=sites[0].id, gateway=gateway.id)
    for other in holders(call, sites[0], VPN_CONNECTION):
        mine = same_name(other.id, VPN_CONNECTION.id(call))
        if not mine and other.id.lower().startswith(f"{gateway.id}/".lower()):
            raise call.error(_CONNECTED, site=sites[0].id, gateway=gateway.id, other=other.id)


def _default_table(call: Call) -> None:
    """A rule: the connection of a branch is associated with the default table of its hub."""
    table = associated_table(call.values)
    if table is not None and name_of(table).lower() != "defaultroutetable":
        raise call.error(_NOT_DEFAULT, table=table)
    own_table(call, call.found["gatewayName"][0].body["virtualHub"]["id"])


def _link_connections(call: Call) -> None:
    """A rule: each link connection has a name, and a link of the site that no other has."""
    connections = call.values.get("vpnLinkConnections", [])
    site = call.found["remoteVpnSite.id"][0]
    links = site_links(site)
    seen: set[str] = set()
    for one in connections:
        name, link = one.get("name", ""), one.get("vpnSiteLink", {}).get("id", "").lower()
        if link not in links:
            raise call.error(_NOT_A_LINK, name=name, link=link, site=site.id)
        if not name or name.lower() in seen or link in seen:
            said = "Each link connection of {it} needs a name and a link of its own."
            raise call.error((_INVALID, said))
        seen |= {name.lower(), link}
        _key(call, one)
        _bgp(call, one, links[link])
        for policy in one.get("ipsecPolicies", []):
            _policy(call, name, policy)
    if not connections:
        raise call.error((_INVALID, "VPN connection {it} needs a link connection."))


def _key(call: Call, link: Values) -> None:
    """Refuse a pre-shared key that is too long, or not of printable ASCII characters."""
    key = link.get("sharedKey", "x")
    if not (1 <= len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
        said = "The sharedKey of link connection {name} of {it} must be 1 to 128 ASCII characters."
        raise call.error((_INVALID, said), name=link["name"])


def _bgp(call: Call, link: Values, site_link: Values) -> None:
    """Refuse BGP without a peer, and custom addresses that are not those of their instance."""
    name, peer = link["name"], site_link.get("bgpProperties", {}).get("bgpPeeringAddress")
    custom = link.get("vpnGatewayCustomBgpAddresses", [])
    if (link.get("enableBgp") or custom) and peer is None:
        said = "Link connection {name} of {it} has BGP, and its link has no bgpProperties."
        raise call.error((_INVALID, said), name=name)
    if custom and not link.get("enableBgp"):
        said = "Link connection {name} of {it} has custom BGP addresses and not enableBgp."
        raise call.error((_INVALID, said), name=name)
    gateway = call.found["gatewayName"][0]
    known = custom_addresses(gateway.body)
    instances = [one["ipConfigurationId"] for one in custom]
    if len(set(instances)) < len(instances):
        said = "Link connection {name} of {it} has two custom BGP addresses of one instance."
        raise call.error((_INVALID, said), name=name)
    for one in custom:
        address, instance = one["customBgpIpAddress"], one["ipConfigurationId"]
        if address not in known.get(instance, []):
            facts = {"name": name, "instance": instance, "gateway": gateway.id}
            raise call.error(_NOT_AN_ADDRESS, address=address, **facts)
        if address == peer:
            said = "The BGP address {address} is on both ends of link connection {name} of {it}."
            raise call.error((_INVALID, said), address=address, name=name)


def _policy(call: Call, name: str, policy: Values) -> None:
    """Refuse an IPsec policy with an algorithm that Virtual WAN does not support, or too short."""
    for prop, supported in _IKE.items():
        if policy[prop] not in supported:
            said = "The {prop} {value} of link connection {name} of {it} is not supported."
            raise call.error((_INVALID, said), prop=prop, value=policy[prop], name=name)
    gcm = [policy[prop].startswith("GCM") for prop in ("ipsecEncryption", "ipsecIntegrity")]
    if gcm[0] != gcm[1]:
        said = (
            "The IPsec policy of link connection {name} of {it} is invalid: if one of "
            "ipsecEncryption and ipsecIntegrity is GCM, both must be."
        )
        raise call.error((_INVALID, said), name=name)
    for prop, least in (
        ("saLifeTimeSeconds", _SHORTEST_LIFE),
        ("saDataSizeKilobytes", _LEAST_DATA),
    ):
        if policy[prop] < least:
            said = "The {prop} of link connection {name} of {it} must be at least {least}."
            raise call.error((_INVALID, said), prop=prop, name=name, least=least)


def _made_links(call: Call) -> Values:
    id_ = call.id or VPN_CONNECTION.id(call)
    links = call.values["vpnLinkConnections"]
    return {
        "vpnLinkConnections": [
            {**link, "id": f"{id_}/vpnLinkConnections/{link['name']}"} for link in links
        ]
    }


_POLICY: dict[str, Input] = {
    **{prop: text(required=True) for prop in _IKE},
    "saLifeTimeSeconds": whole(required=True),
    "saDataSizeKilobytes": whole(required=True),
}
_CUSTOM_ADDRESS: dict[str, Input] = {
    "ipConfigurationId": text(required=True, choices=("Instance0", "Instance1")),
    "customBgpIpAddress": text(required=True),
}

VPN_CONNECTION = azure(
    NETWORK,
    "VpnConnection",
    {
        "remoteVpnSite": block(sub_resource(VPN_SITE), fixed=True),
        "enableInternetSecurity": flag(),
        "routingConfiguration": routing_configuration(branch=True),
        "vpnLinkConnections": blocks(
            {
                "id": text(computed=True),
                "name": text(),
                "vpnSiteLink": block({"id": text(same=same_name)}),
                "sharedKey": text(),
                "enableBgp": flag(),
                "enableRateLimiting": flag(),
                "connectionBandwidth": whole(),
                "dpdTimeoutSeconds": whole(),
                "routingWeight": whole(),
                "useLocalAzureIpAddress": flag(),
                "usePolicyBasedTrafficSelectors": flag(),
                "vpnConnectionProtocolType": text(choices=("IKEv1", "IKEv2")),
                "vpnLinkConnectionMode": text(
                    choices=("Default", "InitiatorOnly", "ResponderOnly")
                ),
                "vpnGatewayCustomBgpAddresses": blocks(_CUSTOM_ADDRESS, unordered=True),
                "ipsecPolicies": blocks(_POLICY),
            }
        ),
    },
    parent=VPN_GATEWAY,
    on_delete="block",
    named="connectionName",
    typed=False,
    operation=one_at_a_time(_SECONDS),
    rules=(_of_one_wan, _default_table, _link_connections),
    made=lambda call, id_: _made_links(call),
    changed=_made_links,
)
