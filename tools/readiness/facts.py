"""All that the checks look at: Konnect, the stack's resources, public DNS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.base.http import Json
from tools.readiness.konnect import Live, Network
from tools.readiness.names import Names, NamesError, RecordType
from tools.readiness.resources import Resources


class Offline:
    """Answers for no name."""

    def values(self, name: str, type_: RecordType) -> tuple[str, ...]:
        """Raise NamesError."""
        raise NamesError(f"{name} {type_} was not asked for")


@dataclass(frozen=True)
class Facts:
    """An environment as it is now."""

    stack: str
    live: Live = field(default_factory=Live)
    resources: Resources = field(default_factory=Resources)
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The value of ``multicloud-gateway:gateway`` in the stack file, as written."""
    names: Names = field(default_factory=Offline)
    completed: Callable[[str], str] = str
    """Completes the make commands in a text, such as a remedy."""

    @property
    def contract(self) -> Mapping[str, Any]:
        """The stack outputs."""
        return self.resources.outputs

    def region(self, key: str) -> Mapping[str, Any]:
        """A region of the contract. Empty if it has none with the key."""
        found: Mapping[str, Any] = (self.contract.get("regions") or {}).get(key) or {}
        return found

    def attachments(self, *kinds: str) -> Iterator[tuple[Network, Json, Json]]:
        """(network, attachment, its configuration) of each attachment of some kinds."""
        for network in self.live.networks:
            for one in network.attachments:
                config = one.get("transit_gateway_attachment_config") or {}
                if config.get("kind") in kinds:
                    yield network, one, config

    def private_dns(self, *kinds: str) -> Iterator[tuple[Network, Json, Json]]:
        """(network, private DNS object, its configuration) of each of some kinds."""
        for network in self.live.networks:
            for one in network.private_dns:
                config = one.get("private_dns_attachment_config") or {}
                if config.get("kind") in kinds:
                    yield network, one, config


def title(item: Json) -> str:
    """The name of a Konnect object, or its id."""
    return str(item.get("name") or item.get("domain") or item.get("id"))


def state_of(item: Json) -> str:
    """The state of an object in words, with Konnect's reason if there is one."""
    metadata = item.get("state_metadata") or {}
    reason = metadata.get("reason") or metadata.get("error_reason")
    state = f"is {item.get('state')}"
    return f"{state}: {reason}" if reason else state
