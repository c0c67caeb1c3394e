"""Kong's association with a hosted zone of the customer, for each kind of private DNS.

``open_`` does what Kong can do now, and says what the customer has not authorised yet. ``close``
undoes Kong's side. The customer's side is read from the simulated clouds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.handshakes import azure_private_dns, gcp_private_dns, private_hosted_zone
from sandbox.store import Body, Store

Open = Callable[[Store, Body, Body], str | None]
Close = Callable[[Store, Body, str], None]


@dataclass(frozen=True)
class Association:
    """The two functions of a kind.

    ``open`` gets the attachment and its network. It keeps the id of Kong's side in the attachment
    as ``_association_id``, or returns the reason why there is none. It raises CloudError when the
    cloud refuses. ``close`` gets the network and that id.
    """

    open: Open
    close: Close


def open_(store: Store, attachment: Body, network: Body) -> str | None:
    """Create Kong's association if the customer authorised it; otherwise the reason.

    Raises CloudError when the customer's cloud refuses the association.
    """
    return ASSOCIATIONS[attachment["_kind"]].open(store, attachment, network)


def close(store: Store, attachment: Body, network: Body) -> None:
    """Delete Kong's association, if there is one."""
    association_id = attachment.get("_association_id")
    if association_id is not None:
        ASSOCIATIONS[attachment["_kind"]].close(store, network, association_id)


def _config(attachment: Body) -> dict[str, Any]:
    config: dict[str, Any] = attachment["private_dns_attachment_config"]
    return config


def _open_aws(store: Store, attachment: Body, network: Body) -> str | None:
    asked = {
        "hosted_zone_id": _config(attachment)["hosted_zone_id"],
        "kong_vpc_id": network["provider_metadata"]["vpc_id"],
        "region": network["region"],
    }
    reason = private_hosted_zone.missing(store, **asked)
    if reason is None:
        attachment["_association_id"] = private_hosted_zone.open_(store, **asked)
    return reason


def _close_aws(store: Store, network: Body, association_id: str) -> None:
    private_hosted_zone.close(store, region=network["region"], association_id=association_id)


def _open_azure(store: Store, attachment: Body, network: Body) -> str | None:
    config = _config(attachment)
    zone = {
        "subscription_id": config["peer_subscription_id"],
        "resource_group_name": config["peer_resource_group_id"],
        "zone_name": config["domain_name"],
        "link_name": config["peer_vnet_link_name"],
    }
    reason = azure_private_dns.missing(store, tenant_id=config["peer_tenant_id"], **zone)
    if reason is None:
        kong_vnet_id = network["provider_metadata"]["vpc_id"]
        attachment["_association_id"] = azure_private_dns.open_(
            store, kong_vnet_id=kong_vnet_id, **zone
        )
    return reason


def _close_azure(store: Store, network: Body, link_id: str) -> None:
    del network
    azure_private_dns.close(store, link_id)


def _open_gcp(store: Store, attachment: Body, network: Body) -> str | None:
    config = _config(attachment)
    asked = {key: config[key] for key in ("domain_name", "peer_project_id", "peer_vpc_name")}
    reason = gcp_private_dns.missing(store, **asked)
    if reason is None:
        kong_network = network["provider_metadata"]["vpc_id"]
        attachment["_association_id"] = gcp_private_dns.open_(
            store, **asked, kong_network=kong_network
        )
    return reason


def _close_gcp(store: Store, network: Body, zone_id: str) -> None:
    del network
    gcp_private_dns.close(store, zone_id=zone_id)


ASSOCIATIONS: Mapping[str, Association] = {
    "aws-private-hosted-zone-attachment": Association(_open_aws, _close_aws),
    "azure-private-hosted-zone-attachment": Association(_open_azure, _close_azure),
    "gcp-private-hosted-zone-attachment": Association(_open_gcp, _close_gcp),
}
