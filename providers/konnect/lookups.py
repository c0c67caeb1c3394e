"""Look-ups: read what Konnect offers and what an organisation has, without managing it.

Each look-up has two forms (`lookup_forms`). Those of accounts and teams are in `identity.lookups`,
those of mesh control planes in `mesh.lookups`. No look-up waits for an object to become ready.

Availability, addresses of the platform, provider accounts and quotas are cached for the run: they
rarely change, and every region of an environment needs them. Networks and control planes are read
each time: the same program may change them.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from typing import Any

import pulumi
from pydantic import Field

from providers.base.errors import ConfigurationError, ProviderError
from providers.base.http import Json
from providers.base.model import Returned
from providers.konnect.client import Connection, client_for
from providers.konnect.cloud_gateways import network
from providers.konnect.cloud_gateways.network import Network
from providers.konnect.control_planes import control_plane
from providers.konnect.core_entities.base import entities_path
from providers.konnect.core_entities.partial import MANAGED_TAG
from providers.konnect.crud import GONE_STATES
from providers.konnect.lookup_forms import connection_for, looked_up, only
from providers.konnect.provider import Provider
from providers.konnect.vocabulary import Cloud


class ProviderAccount(Returned):
    """Kong's account in a cloud, reserved for one organisation.

    ``provider`` is the cloud. ``provider_account_id`` is the AWS account id, Azure id or GCP
    project id: the principal of RAM shares and the project of peerings.
    """

    id: str
    provider: str
    provider_account_id: str
    created_at: str = ""
    updated_at: str = ""


class ControlPlaneConfig(Returned):
    """The ``config`` of a control plane, as Konnect returns it."""

    control_plane_endpoint: str
    telemetry_endpoint: str
    cluster_type: str
    auth_type: str
    cloud_gateway: bool
    proxy_urls: tuple[Mapping[str, Any], ...] = ()


class ControlPlane(Returned):
    """A control plane as Konnect returns it. It does not name its geo."""

    id: str
    name: str
    description: str = ""
    labels: Mapping[str, str] = {}
    config: ControlPlaneConfig
    created_at: str = ""
    updated_at: str = ""


class PlatformIpAddresses(Returned):
    """The addresses of Konnect's own hosts, by geo, such as ``us``.

    ``regions`` are the addresses by geo and host name. ``ingress_ips`` receive requests to Konnect.
    ``egress_ips`` send Konnect's requests, to a webhook of audit logs, say. ``update_date`` is
    when Kong changed the document, as ``YYYY-MM-DD-HH-mm-ss``. These are no addresses of
    dedicated gateways: their groups have their own (``ready.egress_ip_addresses``).
    """

    update_date: str = Field(alias="updateDate")
    regions: Mapping[str, Mapping[str, tuple[str, ...]]]
    ingress_ips: Mapping[str, tuple[str, ...]] = Field(alias="ingressIPs")
    egress_ips: Mapping[str, tuple[str, ...]] = Field(alias="egressIPs")


class ResourceQuota(Returned):
    """The number of objects of one kind that an organisation may have.

    ``resource`` is Konnect's name of the kind, such as ``count/networks.not-offline``. ``value``
    is the quota of this organisation. ``default`` applies to organisations without an override.
    """

    resource: str
    name: str
    description: str
    value: int
    default: int


@functools.cache
def get_provider_accounts(connection: Connection) -> tuple[ProviderAccount, ...]:
    """All provider accounts. Source: `/v2/cloud-gateways/provider-accounts`."""
    found = client_for(connection).list_all(
        "/v2/cloud-gateways/provider-accounts", "listing provider accounts"
    )
    return tuple(ProviderAccount.model_validate(item) for item in found)


def get_provider_accounts_output(
    provider: Provider | None = None,
) -> pulumi.Output[tuple[ProviderAccount, ...]]:
    """All provider accounts of the provider's organisation."""
    return connection_for(provider).apply(get_provider_accounts)


def get_provider_account_output(
    cloud: Cloud, provider: Provider | None = None
) -> pulumi.Output[ProviderAccount]:
    """The provider account in one cloud of the provider's organisation."""
    return connection_for(provider).apply(
        lambda connection: get_provider_account(connection, cloud)
    )


def get_provider_account(connection: Connection, cloud: Cloud) -> ProviderAccount:
    """The provider account in one cloud. Raises ProviderError when the organisation has none."""
    accounts = get_provider_accounts(connection)
    for account in accounts:
        if account.provider == cloud:
            return account
    there = ", ".join(sorted({account.provider for account in accounts})) or "none"
    raise ProviderError(
        f"this Konnect organisation has no provider account for {cloud} (it has: {there}); "
        "Kong support adds one"
    )


@functools.cache
def get_availability(connection: Connection) -> Json:
    """Versions, instance types, regions, zones and address blocks that Konnect supports.

    Source: `/v2/cloud-gateways/availability.json`, which needs no token.
    """
    return client_for(connection).public(
        "/v2/cloud-gateways/availability.json", "reading what Konnect offers"
    )


def get_availability_output(provider: Provider | None = None) -> pulumi.Output[Json]:
    """The availability document from the provider's server."""
    return connection_for(provider).apply(get_availability)


@functools.cache
def get_platform_ip_addresses(connection: Connection) -> PlatformIpAddresses:
    """The addresses of Konnect's own hosts, for firewalls.

    Source: `/ip-addresses.json` of ip-addresses.origin.konghq.com, which needs no token. Another
    server than Kong's own is asked under its own URL.
    """
    client = client_for(connection)
    found = client.ip_addresses("reading the addresses of the Konnect platform")
    return PlatformIpAddresses.model_validate(found)


def get_platform_ip_addresses_output(
    provider: Provider | None = None,
) -> pulumi.Output[PlatformIpAddresses]:
    """The addresses of Konnect's own hosts, from the provider's server."""
    return looked_up(get_platform_ip_addresses, provider)


def get_networks(connection: Connection) -> tuple[Network, ...]:
    """All networks, in any state. Source: `/v2/cloud-gateways/networks`."""
    found = client_for(connection).list_all(network.PATH, "listing cloud gateway networks")
    return tuple(Network.model_validate(item) for item in found)


def get_networks_output(provider: Provider | None = None) -> pulumi.Output[tuple[Network, ...]]:
    """All networks of the provider's organisation."""
    return looked_up(get_networks, provider)


def get_network(
    connection: Connection, *, name: str | None = None, id: str | None = None
) -> Network:
    """The network with a name or an id. It may be not ready, but is not being deleted.

    Raises ProviderError unless there is exactly one, ConfigurationError unless exactly one of
    ``name`` and ``id`` is given.
    """
    if (name is None) == (id is None):
        raise ConfigurationError("a network is looked up by its name or by its id: give one")
    there = [item for item in get_networks(connection) if item.state not in GONE_STATES]
    found = [item for item in there if item.name == name or item.id == id]
    key = f"id {id}" if name is None else f"name {name!r}"
    return only(found, f"cloud gateway network with the {key}", there)


def get_network_output(
    *,
    name: pulumi.Input[str] | None = None,
    id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[Network]:
    """The network of the provider's organisation with a name or an id."""
    return looked_up(get_network, provider, name=name, id=id)


def get_control_planes(
    connection: Connection,
    *,
    name: str | None = None,
    cluster_type: str | None = None,
    cloud_gateway: bool | None = None,
    labels: Mapping[str, str] | None = None,
) -> tuple[ControlPlane, ...]:
    """The control planes of the connection's geo that match every given filter.

    ``cluster_type`` is a ``ClusterType``. A control plane matches ``labels`` if it has all of
    them; it may have others. Source: `/v2/control-planes`.
    """
    query: dict[str, str] = {}
    if name is not None:
        query["filter[name][eq]"] = name
    if cluster_type is not None:
        query["filter[cluster_type][eq]"] = cluster_type
    if cloud_gateway is not None:
        query["filter[cloud_gateway]"] = str(cloud_gateway).lower()
    if labels:
        query["labels"] = ",".join(f"{key}:{value}" for key, value in labels.items())
    found = client_for(connection).list_all(
        control_plane.PATH, "listing control planes", query, regional=True
    )
    return tuple(ControlPlane.model_validate(item) for item in found)


def get_control_planes_output(
    *,
    name: pulumi.Input[str] | None = None,
    cluster_type: pulumi.Input[str] | None = None,
    cloud_gateway: pulumi.Input[bool] | None = None,
    labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[tuple[ControlPlane, ...]]:
    """The control planes of the provider's geo that match every given filter."""
    return looked_up(
        get_control_planes,
        provider,
        name=name,
        cluster_type=cluster_type,
        cloud_gateway=cloud_gateway,
        labels=labels,
    )


def get_control_plane(connection: Connection, *, name: str) -> ControlPlane:
    """The control plane with a name. Names are unique in a geo.

    Raises ProviderError when the connection's geo has none.
    """
    there = get_control_planes(connection)
    found = [item for item in there if item.name == name]
    return only(found, f"control plane with the name {name!r} in geo {connection.geo}", there)


def get_control_plane_output(
    *, name: pulumi.Input[str], provider: Provider | None = None
) -> pulumi.Output[ControlPlane]:
    """The control plane of the provider's geo with a name."""
    return looked_up(get_control_plane, provider, name=name)


@functools.cache
def get_resource_quotas(connection: Connection) -> tuple[ResourceQuota, ...]:
    """All quotas of the organisation. Source: `/v2/cloud-gateways/default-resource-quotas`.

    That list has each default quota with the organisation's override, if there is one.
    """
    found = client_for(connection).list_all(
        "/v2/cloud-gateways/default-resource-quotas", "listing resource quotas"
    )
    return tuple(ResourceQuota.model_validate(_with_own_value(item)) for item in found)


def _with_own_value(item: Mapping[str, Any]) -> dict[str, Any]:
    """A default quota with the organisation's own value; without one the default holds."""
    overrides = item["overrides"]
    value = overrides[0]["value"] if overrides else item["value"]
    return {**item, "default": item["value"], "value": value}


def get_resource_quotas_output(
    provider: Provider | None = None,
) -> pulumi.Output[tuple[ResourceQuota, ...]]:
    """All quotas of the provider's organisation."""
    return connection_for(provider).apply(get_resource_quotas)


def get_managed_partial_output(
    control_plane_id: pulumi.Input[str],
    cache_config_id: pulumi.Input[str],
    provider: Provider | None = None,
) -> pulumi.Output[str]:
    """The id of the Redis partial that Konnect made for a control plane's managed cache.

    By Kong's documents the add-on's ``cache_config_id`` is that id. If no partial has that id,
    the control plane's only partial with the tag ``konnect-managed`` is used. Raises ProviderError
    if there is not exactly one.
    """

    async def look(values: list[Any]) -> str:
        connection, plane, config_id = values
        client = client_for(connection)
        path = entities_path(plane, "partials")
        action = f"looking for the managed cache's partial in control plane {plane}"
        query = {"tags": MANAGED_TAG}
        found = await asyncio.to_thread(client.list_entities, path, action, query)
        ids = [str(item["id"]) for item in found]
        if config_id in ids or len(ids) == 1:
            return str(config_id if config_id in ids else ids[0])
        raise ProviderError(
            f"{action}: expected {config_id} or a single one tagged {MANAGED_TAG}, found {len(ids)}"
        )

    known = pulumi.Output.all(connection_for(provider), control_plane_id, cache_config_id)
    return known.apply(look)
