"""A fabric of Aviatrix for tests: a whole sandbox, and programs whose resources are created in it.

The program waits for gateways as in an update; simulated time passes quickly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Final

import pytest
from pulumi import dynamic

from components.component import Component
from components.fabric.aviatrix import aviatrix_fabric
from components.fabric.model import (
    AviatrixArgs,
    FabricArgs,
    FabricDriver,
    FabricPlan,
    HubArgs,
    SegmentArgs,
    SpokeArgs,
)
from components.fabric.native.hub import RegionSide
from components.fabric.parts import TransitFabricArgs
from components.fabric.plan import fabric_plan
from components.networks.gcp import GcpVpc, GcpVpcArgs
from components.regions import Cloud
from multicloudgateway import state
from providers import aviatrix
from providers.aviatrix.client import Client, client_for, use_client
from sandbox.server import Sandbox
from tests.components.fabric.aws_hubs import region_side
from tests.components.fabric.azure_hubs import sides_in_azure
from tests.components.fabric.sandbox_program import PACKAGES, CloudWorld
from tests.components.gateway_mocks import plain, unmocked
from tests.sandbox.clouds.harness import Made, Provider

SPEED: Final = 20_000.0
"""Simulated seconds per second: a gateway takes a fraction of a second."""
DYNAMIC: Final = "pulumi-python"
AWS, AZURE, GCP = "aws-us-east-2", "azure-eastus2", "gcp-us-central1"


@dataclass
class Difference:
    """What a provider says about a change, as the harness of the clouds does."""

    diffs: list[str]
    replaces: list[str]


class DynamicProvider:
    """The dynamic providers of this project, with the interface of a cloud's provider."""

    def __init__(self, config: Mapping[str, str]) -> None:
        self._config = dict(config)

    def create(self, token: str, name: str, **inputs: Any) -> Made:
        provider = self._provider(token)
        checked = self._checked(provider, {}, inputs)
        created = provider.create(checked)
        return Made(token, name, created.id, inputs, checked, plain(created.outs))

    def diff(self, old: Made, **inputs: Any) -> Difference:
        provider = self._provider(old.token)
        news = self._checked(provider, old.outputs, inputs)
        found = provider.diff(old.id, old.outputs, news)
        return Difference(["?"] if found.changes else [], list(found.replaces or []))

    def update(self, old: Made, **inputs: Any) -> Made:
        provider = self._provider(old.token)
        news = self._checked(provider, old.outputs, inputs)
        outs = plain(provider.update(old.id, old.outputs, news).outs)
        return replace(old, program=inputs, inputs=news, outputs=outs)

    def delete(self, old: Made) -> None:
        self._provider(old.token).delete(old.id, old.outputs)

    def drifted(self, old: Made) -> bool:
        """Whether a refresh finds an object gone, or different from what the program wrote."""
        provider = self._provider(old.token)
        found = provider.read(old.id, old.outputs)
        return found.id != old.id or provider.diff(old.id, plain(found.outs), old.inputs).changes

    def close(self) -> None:
        """Nothing is open."""

    def _provider(self, token: str) -> Any:
        provider: dynamic.ResourceProvider = state.provider(token.partition("/")[2])
        provider.configure(dynamic.ConfigureRequest(dynamic.Config(self._config, "p")))
        return provider

    def _checked(self, provider: Any, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Any:
        written = {key: value for key, value in news.items() if not key.startswith("__")}
        known = {key: written[key] for key in written if key in provider.Inputs.model_fields}
        checked = provider.check(dict(olds), known)
        assert not checked.failures, [(one.property, one.reason) for one in checked.failures]
        return checked.inputs


@dataclass
class AviatrixWorld(CloudWorld):
    """The clouds and the controller of one sandbox."""

    client: Client = field(kw_only=True)

    def drift(self) -> list[str]:
        """The names of objects of the controller that a refresh finds changed."""
        refresh = self.providers[DYNAMIC]
        assert isinstance(refresh, DynamicProvider)
        return [
            name
            for (token, name), made in self.objects.items()
            if "aviatrix:" in token and refresh.drifted(made)
        ]


@contextmanager
def aviatrix_world(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[AviatrixWorld]:
    """A sandbox in this process, with an access account in each cloud."""
    sandbox = Sandbox(folder, speed=SPEED)
    endpoint = sandbox.start()
    login = endpoint["aviatrix"]
    patch.setenv("AVIATRIX_CONTROLLER_IP", login["controller"])
    patch.setenv("AVIATRIX_USERNAME", login["username"])
    patch.setenv("AVIATRIX_PASSWORD", login["password"])
    ports = endpoint["debug_providers"]
    providers: dict[str, Any] = {
        name: Provider(ports[name], config) for name, config in PACKAGES.items()
    }
    providers[DYNAMIC] = DynamicProvider({})
    connection = aviatrix.Connection.resolve()
    use_client(Client(connection))
    world = AviatrixWorld(providers=providers, client=client_for(connection))
    create_accounts(world.client)
    try:
        yield world
    finally:
        unmocked()
        for provider in providers.values():
            provider.close()
        sandbox.stop()


def create_accounts(client: Client) -> None:
    """Onboard the customer's accounts of the simulated clouds, as an administrator does."""
    from sandbox.accounts import (
        CUSTOMER_AWS_ACCOUNT,
        CUSTOMER_AZURE_SUBSCRIPTION,
        CUSTOMER_AZURE_TENANT,
        CUSTOMER_GCP_PROJECT,
    )

    doing = "onboarding an account"
    aws = {"account_name": "aws", "cloud_type": 1, "aws_account_number": CUSTOMER_AWS_ACCOUNT}
    client.form("setup_account_profile", doing, {**aws, "aws_iam": True})
    azure = {
        "account_name": "azure",
        "cloud_type": 8,
        "arm_subscription_id": CUSTOMER_AZURE_SUBSCRIPTION,
        "arm_application_endpoint": CUSTOMER_AZURE_TENANT,
        "arm_application_client_id": "client",
        "arm_application_client_secret": "hidden",
    }
    client.form("setup_account_profile", doing, azure)
    gcp = {
        "account_name": "gcp",
        "cloud_type": 4,
        "gcloud_project_name": CUSTOMER_GCP_PROJECT,
    }
    key = ("key.json", b'{"type": "service_account"}')
    client.files("setup_account_profile", doing, gcp, {"gcloud_project_credentials": key})


def fabric_args(**spokes: SpokeArgs) -> FabricArgs:
    """A hub in each cloud, and spokes in two connected segments."""
    return FabricArgs(
        driver=FabricDriver.AVIATRIX,
        hubs=[
            _hub(Cloud.AWS, "us-east-2", 72, ["use2-az1", "use2-az2"]),
            _hub(Cloud.AZURE, "eastus2", 88, ["eastus2-az2", "eastus2-az3"]),
            _hub(Cloud.GCP, "us-central1", 108, ["us-central1-a", "us-central1-b"]),
        ],
        segments={"shop": SegmentArgs(), "billing": SegmentArgs(connected=frozenset({"shop"}))},
        spokes=spokes,
        aviatrix=AviatrixArgs(
            accounts={Cloud.AWS: "aws", Cloud.AZURE: "azure", Cloud.GCP: "gcp"},
            networks={
                AWS: IPv4Network("10.75.0.0/23"),
                AZURE: IPv4Network("10.91.0.0/23"),
                GCP: IPv4Network("10.111.0.0/23"),
            },
        ),
    )


def _hub(cloud: Cloud, region: str, second: int, zones: list[str]) -> HubArgs:
    return HubArgs(
        cloud=cloud,
        region=region,
        gateway=IPv4Network(f"10.{second}.0.0/20"),
        landing=IPv4Network(f"10.{second + 1}.0.0/16"),
        zones=zones,
        own=IPv4Network(f"10.{second + 2}.0.0/23") if cloud is Cloud.AZURE else None,
    )


def program(args: FabricArgs) -> Callable[[], Any]:
    """A program with landings, native hubs, and the fabric of Aviatrix over them."""

    def make() -> Any:
        plan = fabric_plan(args)
        fabric = Component("TransitFabric", "gw-fabric", NoArgs())
        parts = aviatrix_fabric(fabric, TransitFabricArgs(plan, _sides(plan)))
        return {key: hub.id for key, hub in parts.hubs.items()}

    return make


@dataclass(frozen=True)
class NoArgs:
    """Arguments of a component without any."""


def _sides(plan: FabricPlan) -> dict[str, RegionSide]:
    sides: dict[str, RegionSide] = {}
    for key, hub in plan.hubs.items():
        if hub.cloud is Cloud.AWS:
            sides[key] = region_side(plan, key)
        elif hub.cloud is Cloud.GCP:
            sides[key] = RegionSide(
                GcpVpc(f"gw-{key}", GcpVpcArgs(hub.region, hub.landing)).attributes
            )
    return {**sides, **sides_in_azure(plan)}
