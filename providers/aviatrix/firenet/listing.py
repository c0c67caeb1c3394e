"""The controller's details of a FireNet: settings, firewalls and gateways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.aviatrix.client import Client
from providers.aviatrix.crud import listed
from providers.aviatrix.errors import MissingError
from providers.base.http import Json


def firenet(client: Client, vpc_id: str, *, fresh: bool) -> Json | None:
    """The FireNet of a network, or None when the network has none."""
    doing = f"reading the FireNet of {vpc_id}"
    try:
        found: Json = listed(client, "show_firenet_detail", doing, fresh=fresh, vpc_id=vpc_id)
    except MissingError:
        return None
    return found


def firewall_of(found: Json | None, key: str, value: object) -> Mapping[str, Any] | None:
    """The firewall of a FireNet whose ``key`` is ``value``, or None."""
    firewalls = (found or {}).get("firewall") or []
    return next((item for item in firewalls if item.get(key) == value), None)
