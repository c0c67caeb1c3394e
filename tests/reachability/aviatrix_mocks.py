"""Gateways with a fabric of Aviatrix under mocks: the controller has what the program registered.

In a preview the names of a controller's objects are unknown, because they end with a mark that
the provider has only after it is created.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Network
from typing import Any
from urllib.parse import parse_qs

import httpx
import pulumi
import pytest
from pulumi.runtime.mocks import MockResourceArgs

from components.fabric.model import (
    AviatrixArgs,
    FabricArgs,
    FabricDriver,
    FirewallImage,
    InspectionArgs,
    InspectionKind,
)
from components.fabric.plan import fabric_plan
from components.gateway import MultiCloudGateway
from components.regions import Cloud
from providers import konnect
from providers.aviatrix.client import Client, use_client
from providers.aviatrix.connection import Connection
from reachability import aviatrix_firenet, azure
from reachability.records import UNKNOWN, Record
from tests.components.fabric.gateways import REGIONS, fabric_of, gateway
from tests.components.gateway_mocks import World, run_program, unmocked
from tests.reachability.stacks import recorded

CONTROLLER = "controller.test"
_MARKED = re.compile(r".+-[0-9a-f]{8}(-hagw)?$")
"""A name with the mark of a stack's objects."""


FORTINET = "Fortinet FortiGate Next-Generation Firewall"
FIREWALLS = {
    Cloud.AWS: FirewallImage(FORTINET, "c5.xlarge"),
    Cloud.AZURE: FirewallImage(FORTINET, "Standard_D3_v2", ssh_public_key="ssh-rsa AAAA"),
}


def fabric_args(*, inspected: bool = False) -> FabricArgs:
    """The fabric of `tests.components.fabric.gateways`, by Aviatrix."""
    native = fabric_of(REGIONS)
    networks = {
        f"{hub.cloud}-{hub.region}": IPv4Network((f"172.20.{2 * place}.0", 23))
        for place, hub in enumerate(native.hubs)
    }
    accounts = {cloud: cloud.value for cloud in Cloud}
    options = AviatrixArgs(
        accounts=accounts, networks=networks, controller=CONTROLLER, firewalls=FIREWALLS
    )
    kind = InspectionKind.NATIVE if inspected else InspectionKind.NONE
    inspection = InspectionArgs(kind)
    return replace(native, driver=FabricDriver.AVIATRIX, aviatrix=options, inspection=inspection)


class _World(World):
    """A VNet has a GUID, by which the controller finds it. The id of a gateway is its name.

    A firewall has the cloud's id of its instance.
    """

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        id_, outputs = super().new_resource(args)
        if args.typ == azure.VNET:
            outputs["resourceGuid"] = f"{args.name}-guid"
        if args.typ == aviatrix_firenet.FIREWALL:
            id_ = outputs["instance_id"] = f"i-{args.name}"
        return _gateway_name(args.typ, outputs) or id_, outputs


@cache
def resources(preview: bool = False, inspected: bool = False) -> tuple[Record, ...]:
    """The resources of a gateway in two regions of each cloud, with a fabric of Aviatrix."""
    found = recorded(_registered(inspected), preview)
    if not preview:
        return found
    return tuple(replace(one, properties=_unmarked(one.properties)) for one in found)


@cache
def _registered(inspected: bool) -> World:
    """What the program registers. All gateways are up."""
    world = _World()

    def make(provider: konnect.Provider) -> Any:
        args = gateway(plan=fabric_plan(fabric_args(inspected=inspected)))
        MultiCloudGateway("gateway-prod", args, pulumi.ResourceOptions(providers=[provider]))
        return {}

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AVIATRIX_USERNAME", "admin")
        patch.setenv("AVIATRIX_PASSWORD", "secret")
        transport = httpx.MockTransport(lambda request: _answer(world, request))
        use_client(Client(Connection.resolve(CONTROLLER), transport))
        run_program(make, world=world)
    unmocked()
    return world


def _unmarked(value: Any) -> Any:
    """A value without names and addresses that only an update knows."""
    if isinstance(value, Mapping):
        return {key: _unmarked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unmarked(item) for item in value]
    return UNKNOWN if isinstance(value, str) and _MARKED.match(value) else value


def _answer(world: World, request: httpx.Request) -> httpx.Response:
    """What the controller answers: its session, and its gateways, which are all up."""
    body = parse_qs(request.content.decode())
    asked = {**{key: each[0] for key, each in body.items()}, **dict(request.url.params)}
    results: Any = {}
    if asked.get("action") == "get_api_token":
        results = {"api_token": "token"}
    if asked.get("action") == "list_vpcs_summary":
        results = [
            {"vpc_name": name, "vpc_state": "up", "public_ip": f"{name}-ip"}
            for one in world.resources
            if (name := _gateway_name(one.type, one.inputs))
        ]
    return httpx.Response(200, json={"return": True, "results": results, "CID": "session"})


def _gateway_name(type_: str, inputs: Mapping[str, Any]) -> str:
    if type_.endswith(("aviatrix:TransitGateway", "aviatrix:SpokeGateway")):
        return str(inputs["gw_name"])
    return f"{inputs['primary_gw_name']}-hagw" if type_.endswith("aviatrix:HaGateway") else ""
