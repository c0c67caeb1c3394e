"""The ways from gateways in GCP to the Redis of their partials, for the admin API.

- ``GET /_sandbox/redis-paths``: each group of data planes in GCP with each address of a Redis in
  the partials of its control plane.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.clouds.gcp.redis_path import is_simulated, redis_path
from sandbox.http.application import ADMIN
from sandbox.http.routing import Router
from sandbox.konnect import entities, groups, records
from sandbox.store import Body, Store

router = Router()


@router.get(ADMIN + "/redis-paths")
def get_redis_paths(store: Store) -> Body:
    """Where each address leads: the hops, and why it stops; empty if it arrives.

    ``simulated`` says whether anything in the simulated GCP has the address. A Redis that the team
    has elsewhere is not simulated, so no way leads there.
    """
    return {"paths": list(_paths(store))}


def _paths(store: Store) -> Iterator[Body]:
    for plane in records.every(store, records.CONTROL_PLANES):
        addresses = list(_addresses(store, plane["id"]))
        for group in groups.of_control_plane(store, plane["id"]):
            network = group.get("cloud_gateway_network_id")
            if group["provider"] != "gcp" or network is None:
                continue
            for host, port in addresses:
                path = redis_path(store.root, network, host, port)
                yield {
                    "control_plane": plane["name"],
                    "region": group["region"],
                    "host": host,
                    "port": port,
                    "simulated": is_simulated(store.root, host),
                    "hops": list(path.hops),
                    "stopped": path.stopped,
                }


def _addresses(store: Store, plane_id: str) -> Iterator[tuple[str, int]]:
    """The addresses of Redis partials that are no references, each once."""
    found: dict[tuple[str, int], None] = {}
    for partial in entities.every(store, plane_id, "partials"):
        config = partial.get("config", {})
        # A partial of a vector database has the connection below ``redis``.
        for connection in (config, config.get("redis") or {}):
            host, port = connection.get("host"), connection.get("port")
            if isinstance(host, str) and not host.startswith("{") and isinstance(port, int):
                found[host, port] = None
    yield from found
