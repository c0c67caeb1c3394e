"""The part of the sandbox's admin API that controls the data plane.

- ``POST /_sandbox/data-plane``: start the gateways; when they run, look at the configuration now.
- ``GET /_sandbox/data-plane``: what runs.
- ``DELETE /_sandbox/data-plane``: stop the gateways and their Redis servers.
- ``POST /_sandbox/data-plane/redis/stop/{key}``: kill a Redis and keep it down;
  ``.../redis/start/{key}`` starts it again. ``GET`` shows the keys.
- ``PUT /_sandbox/data-plane/upstreams``: host, or host:port, -> address on loopback.

What passed is read from Konnect itself: ``POST /v2/metrics``.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, RootModel
from pydantic_core import PydanticCustomError

from sandbox.data_plane.control import DataPlane
from sandbox.data_plane.upstreams import is_loopback
from sandbox.http.application import ADMIN
from sandbox.http.bodies import parse
from sandbox.http.problems import Refusal, not_found
from sandbox.http.routing import Router
from sandbox.store import Body

if TYPE_CHECKING:
    from sandbox.data_plane.supervisor import Supervisor

router = Router()

_PATH = ADMIN + "/data-plane"


def _on_loopback(address: str) -> str:
    host, _, port = address.rpartition(":")
    if not (is_loopback(host) and port.isdecimal() and 1 <= int(port) <= 65535):
        raise PydanticCustomError(
            "is_loopback_address", "is not on this machine: use 127.0.0.1:port"
        )
    return address


class MappedUpstreams(RootModel[dict[str, str]]):
    """Body of ``PUT upstreams``: host, or host:port, -> ``127.0.0.1:port``."""

    root: dict[Annotated[str, Field(min_length=1)], Annotated[str, AfterValidator(_on_loopback)]]


@router.post(_PATH)
async def start(data_plane: DataPlane | None) -> Body:
    """Start the gateways and wait until they listen. When they run, follow the latest changes."""
    plane = _there(data_plane)
    await asyncio.to_thread(plane.start)
    supervisor = _running(plane)
    await asyncio.wrap_future(plane.submit(supervisor.look()))
    return supervisor.shown()


@router.get(_PATH)
async def get(data_plane: DataPlane | None) -> Body:
    """The gateways and Redis servers that run."""
    supervisor = None if data_plane is None else data_plane.supervisor
    if supervisor is None:
        return {"running": False, "gateways": [], "redis": [], "upstreams": {}, "problem": ""}
    return supervisor.shown()


@router.delete(_PATH)
async def stop(data_plane: DataPlane | None) -> None:
    """Stop the gateways and their Redis servers."""
    await asyncio.to_thread(_there(data_plane).stop)


@router.post(_PATH + "/redis/{action}/{key:path}")
async def control_redis(data_plane: DataPlane | None, action: str, key: str) -> None:
    """Kill a Redis and keep it down (``stop``), or start it again (``start``)."""
    if action not in ("stop", "start"):
        raise not_found(f"{action} is not one of stop, start")
    plane = _there(data_plane)
    held = _running(plane).hold_redis(key, down=action == "stop")
    if not await asyncio.wrap_future(plane.submit(held)):
        raise not_found(f"there is no Redis {key}")


@router.put(_PATH + "/upstreams")
async def put_upstreams(data_plane: DataPlane | None, raw: bytes) -> Body:
    """Replace the addresses on loopback that stand for hosts of upstreams."""
    mapped = parse(MappedUpstreams, raw).root
    _running(_there(data_plane)).map_upstreams(mapped)
    return dict(mapped)


def _there(data_plane: DataPlane | None) -> DataPlane:
    if data_plane is None:
        raise Refusal(409, "this sandbox has no state directory, so it runs no gateways")
    return data_plane


def _running(data_plane: DataPlane) -> Supervisor:
    if data_plane.supervisor is None:
        raise Refusal(409, f"the gateways do not run; start them: POST {_PATH}")
    return data_plane.supervisor
