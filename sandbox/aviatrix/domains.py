"""Network domains: which spokes and connections reach each other across transits.

Two attachments reach each other when they are of one domain, or of two with a connection policy.
"""

from __future__ import annotations

import re

from sandbox.aviatrix import records
from sandbox.aviatrix.actions import Asked, Refused, action
from sandbox.store import Body, Store

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_PAIR = ("domain_name", "other_domain_name")
_ASSOCIATION = ("attachment_name", "domain_name")


@action("add_multi_cloud_security_domain", ("domain_name",))
def add(asked: Asked) -> str:
    """Create a network domain."""
    name = asked["domain_name"]
    if not _NAME.fullmatch(name):
        raise Refused(f"domain_name {name} must be letters, digits, - and _")
    if records.get(asked.store, records.DOMAINS, name) is not None:
        raise Refused(f"Network domain {name} already exists")
    records.put(asked.store, records.DOMAINS, name, {"name": name})
    return f"Successfully created network domain {name}"


@action("delete_multi_cloud_security_domain", ("domain_name",))
def delete(asked: Asked) -> str:
    """Delete a network domain without associations and policies."""
    store, name = asked.store, asked["domain_name"]
    _find(store, name)
    for one in records.every(store, records.DOMAIN_ASSOCIATIONS, domain=name):
        raise Refused(f"Network domain {name} is in use: {one['name']} is associated with it")
    for other in _connected(store, name):
        raise Refused(f"Network domain {name} is in use: it is connected with {other}")
    records.delete(store, records.DOMAINS, name)
    return f"Successfully deleted network domain {name}"


@action("list_multi_cloud_security_domain_names", reads=True)
def list_names(asked: Asked) -> list[str]:
    """The names of all network domains."""
    return [domain["name"] for domain in records.every(asked.store, records.DOMAINS)]


def _find(store: Store, name: str) -> None:
    if records.get(store, records.DOMAINS, name) is None:
        raise Refused(f"Network domain {name} does not exist")


# Policies


@action("connect_multi_cloud_security_domains", _PAIR)
def connect(asked: Asked) -> str:
    """Let two domains reach each other."""
    store, pair = asked.store, (asked["domain_name"], asked["other_domain_name"])
    for name in pair:
        _find(store, name)
    if pair[0] == pair[1]:
        raise Refused(f"domain_name and other_domain_name are both {pair[0]}")
    if records.get(store, records.DOMAIN_POLICIES, _pair_id(*pair)) is not None:
        raise Refused(f"The policy of network domains {pair[0]} and {pair[1]} already exists")
    records.put(store, records.DOMAIN_POLICIES, _pair_id(*pair), {"domains": sorted(pair)})
    return f"Successfully connected network domains {pair[0]} and {pair[1]}"


@action("disconnect_multi_cloud_security_domains", _PAIR)
def disconnect(asked: Asked) -> str:
    """End the policy of two domains."""
    pair = (asked["domain_name"], asked["other_domain_name"])
    if records.get(asked.store, records.DOMAIN_POLICIES, _pair_id(*pair)) is None:
        raise Refused(f"The policy of network domains {pair[0]} and {pair[1]} does not exist")
    records.delete(asked.store, records.DOMAIN_POLICIES, _pair_id(*pair))
    return f"Successfully disconnected network domains {pair[0]} and {pair[1]}"


def _pair_id(one: str, other: str) -> str:
    return "~".join(sorted((one, other)))


@action("list_multi_cloud_security_domain_connection_policy", ("domain_name",), reads=True)
def list_policy(asked: Asked) -> Body:
    """The domains that a domain reaches, and those that it does not."""
    store, name = asked.store, asked["domain_name"]
    _find(store, name)
    connected = _connected(store, name)
    others = [one["name"] for one in records.every(store, records.DOMAINS) if one["name"] != name]
    return {
        "connected_domains": [other for other in others if other in connected],
        "not_connected_domains": [other for other in others if other not in connected],
    }


def _connected(store: Store, name: str) -> list[str]:
    pairs = [policy["domains"] for policy in records.every(store, records.DOMAIN_POLICIES)]
    return [other for pair in pairs if name in pair for other in pair if other != name]


# Associations


@action("associate_attachment_to_multi_cloud_security_domain", _ASSOCIATION)
def associate(asked: Asked) -> str:
    """Put a spoke or a connection into a domain. Its transit has segmentation enabled."""
    store, name = asked.store, asked["attachment_name"]
    domain = asked["domain_name"]
    _find(store, domain)
    transit, type_ = _attachment(store, name)
    gateway = records.get(store, records.GATEWAYS, transit)
    if gateway is None or not gateway["enable_segmentation"]:
        raise Refused(f"Gateway {transit} is not enabled for network domains")
    known = records.get(store, records.DOMAIN_ASSOCIATIONS, name)
    if known is not None:
        raise Refused(f"{name} belongs to network domain {known['domain']}: disassociate it first")
    body = {"name": name, "domain": domain, "transit": transit, "type": type_}
    records.put(store, records.DOMAIN_ASSOCIATIONS, name, body)
    return f"Successfully associated {name} with network domain {domain}"


def _attachment(store: Store, name: str) -> tuple[str, str]:
    """(transit, type) of the attachment of this name."""
    for attached in records.every(store, records.ATTACHMENTS, spoke=name, state=records.UP):
        if not attached["egress"]:
            return attached["transit"], "SPOKE"
    for connection in records.every(store, records.CONNECTIONS, name=name, state=records.UP):
        return connection["gateway"], "SITE2CLOUD"
    raise Refused(f"Attachment {name} does not exist")


@action("disassociate_attachment_from_multi_cloud_security_domain", _ASSOCIATION)
def disassociate(asked: Asked) -> str:
    """Take a spoke or a connection out of its domain."""
    name, domain = asked["attachment_name"], asked["domain_name"]
    known = records.get(asked.store, records.DOMAIN_ASSOCIATIONS, name)
    if known is None or known["domain"] != domain:
        raise Refused(f"The association of {name} with network domain {domain} does not exist")
    records.delete(asked.store, records.DOMAIN_ASSOCIATIONS, name)
    return f"Successfully disassociated {name} from network domain {domain}"


@action("list_multi_cloud_domain_attachments", reads=True)
def list_attachments(asked: Asked) -> Body:
    """Every association."""
    return {
        "attachments": [
            {
                "name": one["name"],
                "domain": one["domain"],
                "transit_name": one["transit"],
                "type": one["type"],
            }
            for one in records.every(asked.store, records.DOMAIN_ASSOCIATIONS)
        ]
    }


@action("list_transit_gateways_for_multi_cloud_domains", reads=True)
def list_transits(asked: Asked) -> Body:
    """The transits with segmentation enabled, and those without."""
    transits = list(records.every(asked.store, records.GATEWAYS, role="transit", primary=""))
    return {
        "domain_enabled_list": [one["name"] for one in transits if one["enable_segmentation"]],
        "domain_disabled_list": [one["name"] for one in transits if not one["enable_segmentation"]],
    }
