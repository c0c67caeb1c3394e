"""Reads the live state of an environment from Konnect.

    view = await read_live(connection, known, now=datetime.now(UTC))

Lists are read first, then what is below the environment's own networks, control planes and
domains. The calls of a step run side by side, as many at once as the client allows. A call that
fails makes a line in ``LiveView.unread``.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from providers.base.errors import (
    NotFoundError,
    ProviderError,
    TransportError,
    UnauthorizedError,
)
from providers.konnect.client import Client, Connection, client_for
from providers.konnect.cloud_gateways import addon, configuration, network
from providers.konnect.control_planes import control_plane
from tools.status.answers import Answers, Json, Lists, domains_of, networks_of, planes_of, view_of
from tools.status.known import Known
from tools.status.model import LiveView, Unread

READ_SECONDS: Final = 60.0
"""Seconds that one call may take with all its retries. After it the list counts as unread."""

_ACCOUNTS: Final = "/v2/cloud-gateways/provider-accounts"
_DOMAINS: Final = "/v2/cloud-gateways/custom-domains"

T = TypeVar("T")


async def read_live(
    connection: Connection, known: Known, *, now: datetime, limit: float = READ_SECONDS
) -> LiveView:
    """Read the live state of an environment.

    ``now`` is Konnect's time: it decides which nodes are online. ``limit`` is in seconds, for each
    call. Raises UnauthorizedError (401) and TransportError (no answer), because then nothing can
    be read.
    """
    reading = _Reading(client_for(connection), limit)
    lists = await reading.lists()
    answers = await reading.below(lists, known)
    return view_of(answers, known, connection.geo, now)


class _Reading:
    """The calls of one reading, and those that failed."""

    def __init__(self, client: Client, limit: float) -> None:
        self._client, self._limit = client, limit
        self._unread: list[Unread] = []

    async def lists(self) -> Lists:
        """Read the lists of the organisation."""
        return Lists(
            *await asyncio.gather(
                self._list(network.PATH, "networks"),
                self._list(configuration.PATH, "configurations"),
                self._list(addon.PATH, "managed caches"),
                self._list(_DOMAINS, "custom domains"),
                self._list(control_plane.PATH, "control planes", regional=True),
                self._list(_ACCOUNTS, "provider accounts"),
            )
        )

    async def below(self, lists: Lists, known: Known) -> Answers:
        """Read what is below the environment's networks, control planes and domains."""
        planes = {str(one["id"]): str(one["name"]) for one in planes_of(lists, known)}
        networks = {str(one["id"]): str(one["name"]) for one in networks_of(lists, known)}
        domains = {str(one["id"]): str(one["domain"]) for one in domains_of(lists, known)}
        of_planes = asyncio.gather(
            self._each(planes, "nodes", self._nodes),
            self._each(planes, "the expected configuration", self._hash),
            self._each(planes, "partials", functools.partial(self._entities, "partials")),
            self._each(planes, "plugins", functools.partial(self._entities, "plugins")),
        )
        of_others = asyncio.gather(
            self._each(networks, "attachments", functools.partial(self._child, "transit-gateways")),
            self._each(networks, "private DNS", functools.partial(self._child, "private-dns")),
            self._each(domains, "the online status", self._online),
        )
        below = await asyncio.gather(of_planes, of_others)
        (nodes, hashes, partials, plugins), (attachments, private_dns, online) = below
        return Answers(
            lists, nodes, hashes, partials, plugins, attachments, private_dns, online, self._unread
        )

    def _nodes(self, plane: str, action: str) -> list[Json]:
        return self._client.list_items(f"{control_plane.PATH}/{plane}/nodes", action)

    def _hash(self, plane: str, action: str) -> Json:
        path = f"{control_plane.PATH}/{plane}/expected-config-hash"
        return self._client.get(path, action, regional=True)

    def _entities(self, collection: str, plane: str, action: str) -> list[Json]:
        path = f"{control_plane.PATH}/{plane}/core-entities/{collection}"
        return self._client.list_entities(path, action)

    def _child(self, collection: str, network_id: str, action: str) -> list[Json]:
        return self._client.list_all(f"{network.PATH}/{network_id}/{collection}", action)

    def _online(self, domain: str, action: str) -> Json:
        return self._client.get(f"{_DOMAINS}/{domain}/online-status", action)

    async def _each(
        self, named: dict[str, str], what: str, read: Callable[[str, str], T]
    ) -> dict[str, T]:
        """Read one thing of each parent, by the parent's id. Failed reads are left out."""
        found = await asyncio.gather(
            *(self._read(f"{what} of {name}", read, id_) for id_, name in named.items())
        )
        return {id_: one for id_, one in zip(named, found, strict=True) if one is not None}

    async def _list(self, path: str, what: str, *, regional: bool = False) -> list[Json] | None:
        def read(path: str, action: str) -> list[Json]:
            return self._client.list_all(path, action, regional=regional)

        return await self._read(what, read, path)

    async def _read(self, what: str, read: Callable[[str, str], T], subject: str) -> T | None:
        """Call ``read`` in a thread. None if the object is gone or the call fails."""
        call = asyncio.to_thread(read, subject, f"reading {what}")
        try:
            return await asyncio.wait_for(call, self._limit)
        except NotFoundError:
            return None  # Deleted since the list was read.
        except (UnauthorizedError, TransportError):
            raise
        except ProviderError as error:
            self._unread.append(Unread(what, str(error)))
        except TimeoutError:
            self._unread.append(Unread(what, f"no answer within {self._limit:.0f} s"))
        return None
