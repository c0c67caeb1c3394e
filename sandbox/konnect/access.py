"""Authorization: the caller of a request, and what the roles of that caller allow.

Source: "Konnect teams and roles" in Kong's documentation, and the descriptions under
``GET /v3/roles``. A caller without the role gets a 403. A control plane in another geo than
the request's is a 404.

The documentation leaves four things open. Here a list needs a role for any object of its type
and shows the objects that the roles cover. Quotas and the catalogue of roles need only a valid
token. The region of a role is ignored for networks, which have no geo. A query of metrics needs
any role for dashboards or reports, and shows the whole organisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.http.problems import Refusal, not_found
from sandbox.konnect import records
from sandbox.store import Body, Store

ANY = "*"
"""Matches every entity, region or entity type."""
ORGANIZATION_ADMIN = "Organization Admin"
READ_ONLY_ADMIN = "Organization Admin (Read Only)"

CONTROL_PLANES = "Control Planes"
NETWORKS = "Networks"
ADD_ONS = "Add Ons"
MESHES = "Mesh Control Planes"
DASHBOARDS = "Dashboards"
REPORTS = "Reports"

Roles = frozenset[str]

_READ = frozenset({READ_ONLY_ADMIN})
ADMINS = frozenset({"Admin"})
_PLANE_CONTENT = frozenset({"Admin", "Viewer", "Debug Session Creator"}) | _READ

_PLUGIN_WRITERS = frozenset({"Plugin Admin", "Deployer", "Gateway Service Admin", "Route Admin"})
_PARTIAL_WRITERS = frozenset({"Plugin Admin", "Gateway Service Admin", "Route Admin"})
_WRITERS: Mapping[str, Roles] = {
    "services": frozenset({"Gateway Service Admin", "Deployer"}),
    "routes": frozenset({"Route Admin", "Deployer"}),
    "plugins": _PLUGIN_WRITERS | {"Consumer Admin"},
    "custom-plugins": _PLUGIN_WRITERS,
    "plugin-schemas": _PLUGIN_WRITERS,
    "partials": _PARTIAL_WRITERS,
    "consumers": frozenset({"Consumer Admin"}),
    "certificates": frozenset({"Certificate Admin"}),
    "ca_certificates": frozenset({"Certificate Admin"}),
    "snis": frozenset({"SNI Admin"}),
    "upstreams": frozenset({"Upstream Admin"}),
    "targets": frozenset({"Upstream Admin"}),
    "keys": frozenset({"Key Admin"}),
    "key-sets": frozenset({"Key Admin"}),
    "vaults": frozenset({"Vault Admin"}),
    "config-stores": frozenset({"Vault Admin"}),
}
"""Collection of a control plane -> the roles, besides Admin, that may write and read it."""
_READERS: Mapping[str, Roles] = {
    "partials": frozenset({"Consumer Admin"}),
    "certificates": frozenset({"SNI Admin", "Upstream Admin"}),
}
"""Collection -> the roles that may only read it."""
_CREDENTIALS = frozenset(
    {"acls", "basic-auth", "hmac-auth", "jwt", "key-auth", "mtls-auth"}
    | {"basic-auths", "hmac-auths", "jwts", "key-auths", "mtls-auths"}
)

PLANE_READERS = _PLANE_CONTENT.union(*_WRITERS.values())
PLANE_CREATORS = frozenset({"Creator"})
CLUSTER_ADMINS = frozenset({"Cloud Gateway Cluster Admin"})
CLUSTER_READERS = CLUSTER_ADMINS | {"Cloud Gateway Cluster Viewer"} | _READ
NETWORK_CREATORS = frozenset({"Network Creator"})
NETWORK_ADMINS = frozenset({"Network Admin"})
NETWORK_READERS = NETWORK_ADMINS | {"Network Viewer"} | _READ
NETWORK_USERS = NETWORK_ADMINS | {"Network Viewer"}
"""The roles that may create data-plane groups in a network."""
ADD_ON_ADMINS = frozenset({"Add On Admin"})
ADD_ON_READERS = ADD_ON_ADMINS | {"Add On Viewer"} | _READ
MESH_READERS = ADMINS | {"Viewer"} | _READ
MESH_CREATORS = frozenset({"Creator"})
DASHBOARD_CREATORS = frozenset({"Creator"})
DASHBOARD_EDITORS = ADMINS | {"Editor"}
DASHBOARD_READERS = DASHBOARD_EDITORS | {"Viewer"} | _READ
_NOBODY: Roles = frozenset()


@dataclass(frozen=True)
class Grant:
    """One role of an account, assigned to it or to one of its teams."""

    role: str
    entity_type: str = ANY
    entity_id: str = ANY
    region: str = ANY


@dataclass(frozen=True)
class Caller:
    """The holder of a valid token.

    ``account_id`` is that of a system account; None for a token that the sandbox was started
    with. ``geo`` applies to requests without a regional host; None means every geo.
    """

    organization: Body
    grants: tuple[Grant, ...]
    account_id: str | None = None
    geo: str | None = None

    def holds(
        self,
        roles: Roles,
        entity_type: str,
        entity_id: str | None = None,
        region: str | None = None,
    ) -> bool:
        """Whether the caller has one of ``roles`` for an entity.

        An id or a region of None is not compared.
        """
        return any(
            grant.role == ORGANIZATION_ADMIN
            or (
                grant.role in roles
                and grant.entity_type in (ANY, entity_type)
                and (entity_id is None or grant.entity_id in (ANY, entity_id))
                and (region is None or grant.region in (ANY, region))
            )
            for grant in self.grants
        )

    def require(
        self,
        roles: Roles,
        entity_type: str,
        entity_id: str | None = None,
        region: str | None = None,
    ) -> None:
        """Raise a 403 unless the caller has one of ``roles`` for an entity."""
        if not self.holds(roles, entity_type, entity_id, region):
            raise Refusal(403, "You do not have permission to perform this action.")

    def holds_mesh(self, plane_id: str, geo: str | None) -> bool:
        """Whether the caller may read a mesh control plane."""
        return self.holds(MESH_READERS, MESHES, plane_id, geo)

    def holds_cluster(self, record: Body) -> bool:
        """Whether the caller may read a configuration or a custom domain."""
        plane_id, geo = record["control_plane_id"], record["control_plane_geo"]
        return self.holds(CLUSTER_READERS, CONTROL_PLANES, plane_id, geo)

    def require_cluster(self, plane_id: str, geo: str) -> None:
        """Raise a 403 unless the caller may write a control plane's configuration and domains."""
        self.require(CLUSTER_ADMINS, CONTROL_PLANES, plane_id, geo)


OWNER = (Grant(ORGANIZATION_ADMIN),)
"""The grants of an owner: every role."""


def check(store: Store, caller: Caller, geo: str | None, method: str, path: str) -> None:
    """Raise a 404 for a control plane in another geo, a 403 when the caller lacks the role."""
    steps = path.strip("/").split("/")
    if len(steps) < 2:
        return
    version, collection, *rest = steps
    reads = method in ("GET", "HEAD")
    if version == "v3":
        _check_identity(caller, collection, rest, reads)
    elif version == "v1" and collection == "mesh" and rest[:1] == ["control-planes"]:
        _check_mesh(caller, geo, reads, rest[1:])
    elif version == "v2" and collection == "dashboards":
        _check_dashboard(caller, geo, method, rest)
    elif version == "v2" and collection == "metrics":
        _check_metrics(caller, geo)
    elif version == "v2" and collection == "control-planes":
        _check_plane(store, caller, geo, method, rest)
    elif version == "v2" and collection == "cloud-gateways" and rest:
        _check_cloud_gateways(store, caller, method, rest)


def _check_identity(caller: Caller, collection: str, rest: list[str], reads: bool) -> None:
    if collection not in ("system-accounts", "teams"):
        return
    roles = _READ if reads else _NOBODY
    creates = not reads and not rest
    if collection == "teams" and len(rest) < 2 and not creates:
        # The document of the teams API has a 404 and no 403 for list, read, update and delete.
        if not caller.holds(roles, ANY):
            raise not_found()
    else:
        caller.require(roles, ANY)


def _check_mesh(caller: Caller, geo: str | None, reads: bool, rest: list[str]) -> None:
    if rest:
        roles = MESH_READERS if reads else ADMINS
        caller.require(roles, MESHES, rest[0].lower(), geo)
    else:
        roles = MESH_READERS | MESH_CREATORS if reads else MESH_CREATORS
        caller.require(roles, MESHES, region=geo)


def _check_dashboard(caller: Caller, geo: str | None, method: str, rest: list[str]) -> None:
    if rest:
        changes = {"PUT": DASHBOARD_EDITORS, "DELETE": ADMINS}
        roles = changes.get(method, DASHBOARD_READERS)
        caller.require(roles, DASHBOARDS, rest[0].lower(), geo)
    else:
        creates = method == "POST"
        roles = DASHBOARD_CREATORS if creates else DASHBOARD_READERS | DASHBOARD_CREATORS
        caller.require(roles, DASHBOARDS, region=geo)


def _check_metrics(caller: Caller, geo: str | None) -> None:
    roles = DASHBOARD_READERS | DASHBOARD_CREATORS
    if not caller.holds(roles, REPORTS, region=geo):
        caller.require(roles, DASHBOARDS, region=geo)


def _check_plane(
    store: Store, caller: Caller, geo: str | None, method: str, rest: list[str]
) -> None:
    reads = method in ("GET", "HEAD")
    if not rest:
        roles = PLANE_READERS | PLANE_CREATORS if reads else PLANE_CREATORS
        caller.require(roles, CONTROL_PLANES, region=geo)
        return
    plane = records.get(store, records.CONTROL_PLANES, rest[0].lower())
    own = None if plane is None else plane["_geo"]
    if own is not None and geo is not None and own != geo:
        raise not_found()
    if rest[1:] and rest[1] in ("core-entities", "config-stores"):
        roles = _content_roles([step for step in rest[1:] if step != "core-entities"], reads)
    elif rest[1:]:
        roles = _PLANE_CONTENT if reads else ADMINS
    else:
        roles = PLANE_READERS if reads else ADMINS
    caller.require(roles, CONTROL_PLANES, rest[0].lower(), own or geo)


def _content_roles(steps: list[str], reads: bool) -> Roles:
    """The roles for a path below a control plane, such as ``services/{id}/plugins``."""
    if not steps:
        return PLANE_READERS
    if steps[0] == "schemas":
        return PLANE_READERS
    collection = steps[0] if steps[0] == "config-stores" else steps[::2][-1]
    if collection in _CREDENTIALS:
        collection = "consumers"
    writers = _WRITERS.get(collection, _NOBODY) | ADMINS
    return writers | _READERS.get(collection, _NOBODY) | _PLANE_CONTENT if reads else writers


def _check_cloud_gateways(store: Store, caller: Caller, method: str, rest: list[str]) -> None:
    collection, id_ = rest[0], rest[1].lower() if rest[1:] else None
    reads = method in ("GET", "HEAD")
    if collection == "networks":
        creates = method == "POST" and id_ is None
        roles = NETWORK_READERS if reads else NETWORK_CREATORS if creates else NETWORK_ADMINS
        caller.require(roles, NETWORKS, id_)
    elif collection == "provider-accounts":
        caller.require(NETWORK_READERS | NETWORK_CREATORS, NETWORKS)
    elif collection in ("configurations", "custom-domains"):
        kind = {"configurations": records.CONFIGURATIONS, "custom-domains": records.CUSTOM_DOMAINS}
        found = store.get(records.CLOUD, kind[collection], id_) if id_ else None
        plane = (found or {}).get("control_plane_id")
        geo = (found or {}).get("control_plane_geo")
        caller.require(CLUSTER_READERS if reads else CLUSTER_ADMINS, CONTROL_PLANES, plane, geo)
    elif collection == "add-ons":
        caller.require(ADD_ON_READERS if reads else ADD_ON_ADMINS, ADD_ONS, id_)
