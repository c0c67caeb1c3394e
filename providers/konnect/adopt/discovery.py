"""Reads the objects of one control plane from Konnect as inputs.

The providers convert Konnect's answers, as in a refresh. Objects that Konnect makes itself are
left out: the partial of a managed cache, and the certificate and SNI of a custom domain. Objects
that belong to no control plane (system accounts, other members of a group) are not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from providers.base import model
from providers.base.errors import NotFoundError, ProviderError
from providers.base.http import Json
from providers.konnect.adopt.found import UNREADABLE, Found, import_id, own_id, provider_of
from providers.konnect.client import Client
from providers.konnect.control_planes import control_plane
from providers.konnect.control_planes.control_plane import ClusterType
from providers.konnect.core_entities.base import entities_path
from providers.konnect.core_entities.partial import MANAGED_TAG
from providers.konnect.crud import GONE_STATES

_FLAT: Final[Mapping[str, tuple[str, str]]] = {
    "GatewayTarget": ("targets", "upstream"),
    "GatewayKeyAuth": ("key-auths", "consumer"),
    "GatewayBasicAuth": ("basic-auths", "consumer"),
    "GatewayHmacAuth": ("hmac-auths", "consumer"),
    "GatewayMtlsAuth": ("mtls-auths", "consumer"),
    "GatewayJwt": ("jwts", "consumer"),
    "GatewayAcl": ("acls", "consumer"),
}
"""Entities below a parent, which are listed for all parents at once: (collection, parent)."""
_TITLES: Final = ("prefix", "name", "username", "custom_id", "domain", "target", "title", "kid")
"""Fields that name an object, the best first. `key` is not one: it may be a credential."""


class NoControlPlaneError(ProviderError):
    """The geo has no control plane of that name."""


def read(client: Client, name: str) -> Found:
    """Everything of a control plane. Raises NoControlPlaneError when there is none."""
    provider = provider_of("GatewayControlPlane")()
    plane = provider.living(client, control_plane.PATH, name, regional=True)
    if plane is None:
        place = f"the geo {client.connection.geo} at {client.connection.server_url}"
        raise NoControlPlaneError(f"there is no control plane {name!r} in {place}")
    return _Reader(client, plane).everything()


class _Reader:
    """Reads what belongs to one control plane."""

    def __init__(self, client: Client, plane: Json) -> None:
        self._client = client
        self._plane = plane
        self._id = str(plane["id"])
        self._found = Found()
        self._names: dict[str, str] = {}
        """The label of each object by its id, for the labels of the objects below it."""

    def everything(self) -> Found:
        self._add("GatewayControlPlane", self._plane)
        made_by_konnect = self._cloud_gateway()
        if self._plane["config"].get("cluster_type") == ClusterType.CONTROL_PLANE_GROUP:
            self._membership()
        else:
            self._entities(made_by_konnect)
            self._config_stores()
        path = provider_of("GatewayDataPlaneClientCertificate")().path(self._props)
        answer = self._client.get(path, self._action("data-plane certificates"), regional=True)
        for item in answer["items"]:
            self._add("GatewayDataPlaneClientCertificate", item)
        return self._found

    # Cloud gateways: below `/v2/cloud-gateways`.

    def _cloud_gateway(self) -> frozenset[str]:
        """Add all cloud gateway objects. Returns the ids of the core entities that Konnect made."""
        self._configuration()
        if self._plane["config"].get("cluster_type") == ClusterType.SERVERLESS:
            self._serverless()
        for item in self._living(provider_of("CloudGatewayAddon")().path({})):
            owner = item["owner"]
            if self._id in (owner.get("control_plane_id"), owner.get("control_plane_group_id")):
                partial = (item["config"].get("state_metadata") or {}).get("cache_config_id")
                self._add("CloudGatewayAddon", item, managed_partial=partial)
        made: set[str] = set()
        for item in self._living(provider_of("CloudGatewayCustomDomain")().path({})):
            if item["control_plane_id"] == self._id:
                made |= {str(item.get(name)) for name in ("certificate_id", "sni_id")}
                self._add("CloudGatewayCustomDomain", item)
        return frozenset(made)

    def _configuration(self) -> None:
        """Add the configuration, after the networks of its groups."""
        try:
            current = provider_of("CloudGatewayConfiguration")().fetch(self._client, self._id, {})
        except NotFoundError:
            return
        groups = current["dataplane_group_config"]
        for id_ in dict.fromkeys(group.get("cloud_gateway_network_id") for group in groups):
            if id_ is not None:
                self._network(id_)
        self._add("CloudGatewayConfiguration", current, label=self._plane["name"])

    def _serverless(self) -> None:
        """Add the serverless gateway. Konnect never returns its certificate and key."""
        provider = provider_of("ServerlessCloudGateway")()
        try:
            current = provider.fetch(self._client, self._id, {})
        except NotFoundError:
            return
        hidden = dict.fromkeys(("cluster_cert", "cluster_cert_key"), UNREADABLE)
        remote = {**current, **hidden, "id": self._id}
        self._add("ServerlessCloudGateway", remote, label=self._plane["name"])

    def _network(self, id_: str) -> None:
        """Add a network, its attachments and its private DNS."""
        network = provider_of("CloudGatewayNetwork")()
        self._add("CloudGatewayNetwork", network.fetch(self._client, id_, {}))
        for resource in ("CloudGatewayTransitGateway", "CloudGatewayPrivateDns"):
            provider = provider_of(resource)()
            for item in self._living(provider.path({"network_id": id_})):
                self._add(resource, {**item, "network_id": id_})

    # Members and core entities.

    def _membership(self) -> None:
        path = f"{control_plane.PATH}/{self._id}/group-memberships"
        action = self._action("members")
        members = self._client.list_by_cursor(path, action, regional=True)
        ids = [{"id": member["id"]} for member in members]
        remote = {"id": self._id, "control_plane_group_id": self._id, "members": ids}
        if ids:
            self._add("GatewayControlPlaneMembership", remote, label=self._plane["name"])

    def _entities(self, made_by_konnect: frozenset[str]) -> None:
        for resource in (
            "GatewayCertificate",
            "GatewayCaCertificate",
            "GatewaySni",
            "GatewayVault",
            "GatewayService",
            "GatewayRoute",
            "GatewayUpstream",
            "GatewayConsumer",
            "GatewayConsumerGroup",
            "GatewayKeySet",
            "GatewayKey",
            "GatewayPartial",
            "GatewayCustomPluginStreaming",
        ):
            for item in self._list(provider_of(resource)().segment):
                # The program looks up the partial of a managed cache where a plugin uses it.
                managed = MANAGED_TAG in (item.get("tags") or [])
                if not managed and item["id"] not in made_by_konnect:
                    self._add(resource, item)
        for resource, (segment, parent) in _FLAT.items():
            for item in self._list(segment):
                above = item[parent]["id"]
                label = " ".join(filter(None, (self._names.get(above), _title(item))))
                self._add(resource, {**item, f"{parent}_id": above}, label=label)
        self._members_of_groups()
        self._plugin_schemas()
        for item in self._list("plugins"):
            self._add("GatewayPlugin", item, label=self._plugin_label(item))

    def _plugin_schemas(self) -> None:
        path = provider_of("GatewayCustomPluginSchema")().path(self._props)
        for item in self._client.list_items(path, self._action("custom plugin schemas")):
            self._add("GatewayCustomPluginSchema", item)

    def _members_of_groups(self) -> None:
        provider = provider_of("GatewayConsumerGroupMember")()
        groups = [item for item in self._found.adopted if item.resource == "GatewayConsumerGroup"]
        for group in groups:
            props = {**self._props, "consumer_group_id": group.id}
            for item in self._client.list_entities(provider.path(props), self._action("members")):
                remote = {**props, "consumer_id": item["id"], "consumer_group": {"id": group.id}}
                label = f"{_title(item)} {group.label}"
                self._add("GatewayConsumerGroupMember", remote, label=label)

    def _plugin_label(self, plugin: Json) -> str:
        """A plugin's instance name, or the labels of its scope and its name."""
        scopes = [
            plugin[scope]["id"]
            for scope in ("service", "route", "consumer", "consumer_group")
            if plugin.get(scope)
        ]
        names = (self._names.get(id_, id_) for id_ in scopes)
        return plugin.get("instance_name") or " ".join([*names, plugin["name"]])

    def _config_stores(self) -> None:
        stores = provider_of("GatewayConfigStore")()
        secrets = provider_of("GatewayConfigStoreSecret")()
        for store in self._by_cursor(stores.path(self._props)):
            self._add("GatewayConfigStore", store)
            props = {**self._props, "config_store_id": store["id"]}
            for secret in self._by_cursor(secrets.path(props)):
                label = f"{self._names[store['id']]} {secret['key']}"
                self._add("GatewayConfigStoreSecret", {**secret, **props}, label=label)

    # Reading.

    @property
    def _props(self) -> Json:
        return {"control_plane_id": self._id}

    def _action(self, what: str) -> str:
        return f"listing {what} of control plane {self._plane['name']!r}"

    def _list(self, segment: str) -> list[Json]:
        """A collection of core entities, the oldest first, so that variables keep their names."""
        path = entities_path(self._id, segment)
        found = self._client.list_entities(path, self._action(segment))
        return sorted(found, key=lambda item: (item.get("created_at") or 0, item["id"]))

    def _by_cursor(self, path: str) -> list[Json]:
        return self._client.list_by_cursor(path, self._action("config stores"), regional=True)

    def _living(self, path: str) -> list[Json]:
        """A collection of cloud gateway objects, without those that are being deleted."""
        found = self._client.list_all(path, f"listing {path}")
        return [item for item in found if item["state"] not in GONE_STATES]

    def _add(
        self, resource: str, remote: Json, label: str | None = None, **more: str | None
    ) -> None:
        """Add an object, with the inputs that its provider reads from Konnect's answer."""
        provider = provider_of(resource)()
        known = {**self._props, **remote}
        inputs = model.observed(provider.Inputs, provider.remote_inputs(known), {})
        label = label or _title(remote) or str(remote["id"])[:8]
        id_ = own_id(resource, known)
        if id_ is not None:
            self._names[id_] = label
        self._found.add(
            resource,
            inputs,
            label=label,
            source=f"{provider.noun} {label}",
            import_id=import_id(resource, known),
            id=id_,
            **more,
        )


def _title(remote: Json) -> str | None:
    return next((str(remote[name]) for name in _TITLES if remote.get(name)), None)
