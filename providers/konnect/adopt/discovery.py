"""What Konnect holds for one control plane, in the inputs of this project.

Everything is read as a refresh reads it, by the providers' own view of an answer. What Konnect
makes itself is left to it: the partial of a managed cache, and the certificate and name of a
custom domain. What belongs to no control plane (system accounts, other members of a group) is
not looked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from providers.base import model
from providers.base.errors import NotFoundError, ProviderError
from providers.base.http import Json
from providers.konnect.adopt.found import Found, LeftOut, import_id, own_id, provider_of
from providers.konnect.client import Client
from providers.konnect.control_planes import control_plane
from providers.konnect.control_planes.control_plane import ClusterType
from providers.konnect.core_entities.base import entities_path
from providers.konnect.core_entities.partial import MANAGED_TAG
from providers.konnect.crud import GONE_STATES

_FLAT: Final[Mapping[str, tuple[str, str]]] = {
    "GatewayTarget": ("targets", "upstream"),
    "GatewayKeyAuth": ("key-auths", "consumer"),
    "GatewayMtlsAuth": ("mtls-auths", "consumer"),
    "GatewayJwt": ("jwts", "consumer"),
    "GatewayAcl": ("acls", "consumer"),
}
"""What is written below a parent and listed for all parents at once, with a link to its own."""
_UNSUPPORTED: Final[Mapping[str, str]] = {
    "basic-auths": "basic-auth credential",
    "hmac-auths": "HMAC credential",
    "keys": "key",
    "key-sets": "key set",
    "custom-plugins": "custom plugin",
}
"""Collections of core entities for which there is no resource here."""
_TITLES: Final = ("prefix", "name", "username", "custom_id", "domain", "target", "title")
"""What objects are known by, the most telling first. (A `key` may be a credential.)"""


class NoControlPlaneError(ProviderError):
    """There is no control plane of that name in the geo."""


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
        """Object id -> what it is called, for the names of what belongs to it."""

    def everything(self) -> Found:
        self._take("GatewayControlPlane", self._plane)
        made_by_konnect = self._cloud_gateway()
        if self._plane["config"].get("cluster_type") == ClusterType.CONTROL_PLANE_GROUP:
            self._membership()
        else:
            self._entities(made_by_konnect)
            self._config_stores()
        path = provider_of("GatewayDataPlaneClientCertificate")().path(self._props)
        answer = self._client.get(path, self._action("data-plane certificates"), regional=True)
        for item in answer["items"]:
            self._take("GatewayDataPlaneClientCertificate", item)
        return self._found

    # Cloud gateways: below `/v2/cloud-gateways`.

    def _cloud_gateway(self) -> frozenset[str]:
        """All of it; returns the ids of core entities that Konnect has made for it."""
        self._configuration()
        for item in self._living(provider_of("CloudGatewayAddon")().path({})):
            owner = item["owner"]
            if self._id in (owner.get("control_plane_id"), owner.get("control_plane_group_id")):
                partial = (item["config"].get("state_metadata") or {}).get("cache_config_id")
                self._take("CloudGatewayAddon", item, managed_partial=partial)
        made: set[str] = set()
        for item in self._living(provider_of("CloudGatewayCustomDomain")().path({})):
            if item["control_plane_id"] == self._id:
                made |= {str(item.get(name)) for name in ("certificate_id", "sni_id")}
                self._take("CloudGatewayCustomDomain", item)
        return frozenset(made)

    def _configuration(self) -> None:
        """The configuration, after the networks that its groups run in."""
        try:
            current = provider_of("CloudGatewayConfiguration")().fetch(self._client, self._id, {})
        except NotFoundError:
            return
        groups = current["dataplane_group_config"]
        for id_ in dict.fromkeys(group.get("cloud_gateway_network_id") for group in groups):
            if id_ is not None:
                self._network(id_)
        self._take("CloudGatewayConfiguration", current, label=self._plane["name"])

    def _network(self, id_: str) -> None:
        """A network, and what hangs on it."""
        network = provider_of("CloudGatewayNetwork")()
        self._take("CloudGatewayNetwork", network.fetch(self._client, id_, {}))
        for resource in ("CloudGatewayTransitGateway", "CloudGatewayPrivateDns"):
            provider = provider_of(resource)()
            for item in self._living(provider.path({"network_id": id_})):
                self._take(resource, {**item, "network_id": id_})

    # What the control plane is configured with.

    def _membership(self) -> None:
        path = f"{control_plane.PATH}/{self._id}/group-memberships"
        action = self._action("members")
        members = self._client.list_by_cursor(path, action, regional=True)
        ids = [{"id": member["id"]} for member in members]
        remote = {"id": self._id, "control_plane_group_id": self._id, "members": ids}
        if ids:
            self._take("GatewayControlPlaneMembership", remote, label=self._plane["name"])

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
            "GatewayPartial",
        ):
            for item in self._list(provider_of(resource)().segment):
                # A managed cache's partial is looked up, where a plugin links it.
                managed = MANAGED_TAG in (item.get("tags") or [])
                if not managed and item["id"] not in made_by_konnect:
                    self._take(resource, item)
        for resource, (segment, parent) in _FLAT.items():
            for item in self._list(segment):
                above = item[parent]["id"]
                label = " ".join(filter(None, (self._names.get(above), _title(item))))
                self._take(resource, {**item, f"{parent}_id": above}, label=label)
        self._members_of_groups()
        for item in self._list("plugins"):
            self._take("GatewayPlugin", item, label=self._plugin_label(item))
        for segment, noun in _UNSUPPORTED.items():
            for item in self._list(segment):
                what = f"{noun} {item.get('name') or item['id']}"
                self._found.left_out.append(LeftOut(what, "there is no such resource here"))

    def _members_of_groups(self) -> None:
        provider = provider_of("GatewayConsumerGroupMember")()
        groups = [item for item in self._found.adopted if item.resource == "GatewayConsumerGroup"]
        for group in groups:
            props = {**self._props, "consumer_group_id": group.id}
            for item in self._client.list_entities(provider.path(props), self._action("members")):
                remote = {**props, "consumer_id": item["id"], "consumer_group": {"id": group.id}}
                label = f"{_title(item)} {group.label}"
                self._take("GatewayConsumerGroupMember", remote, label=label)

    def _plugin_label(self, plugin: Json) -> str:
        """A plugin's own name, or which one it is and what it is for."""
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
            self._take("GatewayConfigStore", store)
            props = {**self._props, "config_store_id": store["id"]}
            for secret in self._by_cursor(secrets.path(props)):
                label = f"{self._names[store['id']]} {secret['key']}"
                self._take("GatewayConfigStoreSecret", {**secret, **props}, label=label)

    # Reading.

    @property
    def _props(self) -> Json:
        return {"control_plane_id": self._id}

    def _action(self, what: str) -> str:
        return f"listing {what} of control plane {self._plane['name']!r}"

    def _list(self, segment: str) -> list[Json]:
        """A collection of core entities, the oldest first, so that names stay what they are."""
        path = entities_path(self._id, segment)
        found = self._client.list_entities(path, self._action(segment))
        return sorted(found, key=lambda item: (item.get("created_at") or 0, item["id"]))

    def _by_cursor(self, path: str) -> list[Json]:
        return self._client.list_by_cursor(path, self._action("config stores"), regional=True)

    def _living(self, path: str) -> list[Json]:
        """A collection of cloud gateways, without what is on its way out."""
        found = self._client.list_all(path, f"listing {path}")
        return [item for item in found if item["state"] not in GONE_STATES]

    def _take(
        self, resource: str, remote: Json, label: str | None = None, **more: str | None
    ) -> None:
        """Take an object over as its provider sees an answer."""
        provider = provider_of(resource)()
        known = {**self._props, **remote}
        inputs = model.observed(provider.Inputs, provider.remote_inputs(known), {})
        called = label or _title(remote) or str(remote["id"])[:8]
        id_ = own_id(resource, known)
        if id_ is not None:
            self._names[id_] = called
        self._found.add(
            resource,
            inputs,
            label=called,
            source=f"{provider.noun} {called}",
            import_id=import_id(resource, known),
            id=id_,
            **more,
        )


def _title(remote: Json) -> str | None:
    return next((str(remote[name]) for name in _TITLES if remote.get(name)), None)
