"""The way of a packet from a gateway in GCP to its Redis, hop by hop.

Kong's network reaches what is in a network that is peered with it: its VMs and its forwarding
rules. It does not reach what is only peered with that network, such as a Memorystore: peering is
not transitive. Source: "VPC Network Peering" of Google Cloud.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.store import Found, Store


@dataclass(frozen=True)
class Path:
    """The hops that a packet takes, in words, and where it ends."""

    hops: tuple[str, ...]
    """What the packet passed, from Kong's network on."""
    instance: Found | None = None
    """The Memorystore that it reaches. None: it does not arrive."""
    stopped: str = ""
    """The hop that stops it and why. Empty: it arrives."""


def redis_path(store: Store, network: str, host: str, port: int) -> Path:
    """The way from Kong's network to ``host`` and ``port``.

    ``network`` is the id of a Konnect network, or the path or URL of Kong's network in GCP.
    """
    del store, port
    return Path((f"Kong's network {network}",), stopped=f"{host}: no way is known yet")
