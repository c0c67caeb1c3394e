"""An environment in a sandbox of this process, and the state that a stack would have of it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from providers.konnect.client import Connection
from providers.konnect.ownership import Owner
from sandbox.server import Sandbox
from tests.sandbox.konnect.client import ADD_ONS, DOMAINS, NETWORKS, Json, Konnect, entities
from tools.status.known import Known
from tools.status.live import read_live
from tools.status.model import LiveView

PROJECT, STACK = "multicloud-gateway", "dev"
PROVIDER_ID = "3ce7a016-b85a-4ab7-8245-4f9029f44681"
OWNER = Owner.of(PROJECT, STACK, PROVIDER_ID)
DOMAIN = "api.example.com"
_PROVIDER = "pulumi:providers:pulumi-python"
_DYNAMIC = "pulumi-python:dynamic/konnect:"


@dataclass
class World:
    """Objects in Konnect, and the resources of a stack's state.

    Time stands still but for ``konnect.wait``.
    """

    sandbox: Sandbox
    konnect: Konnect
    resources: list[Json] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    contract: Json = field(default_factory=dict)
    plane: str = ""
    network: Json = field(default_factory=dict)
    attachment: str = ""
    domain: str = ""
    cache: str = ""
    plugin: str = ""

    def record(self, kind: str, id_: str, resource: str, **outputs: Any) -> None:
        """Write a Konnect resource into the stack's state."""
        self.resources.append(
            {
                "type": f"{_DYNAMIC}{kind}",
                "urn": f"urn:pulumi:{STACK}::{PROJECT}::{_DYNAMIC}{kind}::{resource}",
                "id": id_,
                "outputs": outputs,
            }
        )

    def exported(self) -> str:
        """The output of `pulumi stack export`."""
        stack = {
            "type": "pulumi:pulumi:Stack",
            "urn": f"urn:pulumi:{STACK}::{PROJECT}::pulumi:pulumi:Stack::{PROJECT}-{STACK}",
            "outputs": self.contract,
        }
        provider = {
            "type": _PROVIDER,
            "urn": f"urn:pulumi:{STACK}::{PROJECT}::{_PROVIDER}::konnect",
            "id": PROVIDER_ID,
            "outputs": {"konnect:geo": "us"},
        }
        operations = [
            {"resource": {"urn": f"urn:pulumi:{STACK}::{PROJECT}::t::{name}"}, "type": "creating"}
            for name in self.pending
        ]
        resources = [stack, provider, *self.resources]
        return json.dumps(
            {
                "version": 3,
                "deployment": {"resources": resources, "pending_operations": operations},
            }
        )

    @property
    def known(self) -> Known:
        """What the stack knows."""
        return Known.read(self.exported(), PROJECT, STACK)

    @property
    def connection(self) -> Connection:
        """The connection to the sandbox, by HTTP."""
        endpoint = self.sandbox.endpoint
        return Connection(endpoint["konnect_url"], endpoint["token"], "us")

    def now(self) -> datetime:
        """The sandbox's time."""
        return datetime.fromtimestamp(self.konnect.store.clock.now(), UTC)

    def view(self) -> LiveView:
        """The environment as it is now."""
        return asyncio.run(read_live(self.connection, self.known, now=self.now()))

    # What an `up` creates, step by step

    def create_plane(self) -> None:
        """The control plane, with the stack's label."""
        self.plane = self.konnect.plane("gateway-dev", labels={"pulumi": OWNER.label})
        self.record("GatewayControlPlane", self.plane, "control-plane", name="gateway-dev")

    def create_network(self, *, ready: bool = True) -> None:
        """The network of us-east-2, with the stack's mark in its name."""
        name = f"gateway-dev-aws-us-east-2-2f68a7-{OWNER.id}"
        self.network = self.konnect.network("aws", ready=ready, name=name)
        self.record("CloudGatewayNetwork", self.network["id"], "network", name=name)

    def create_attachment(self, *, accepted: bool = True) -> None:
        """A Transit Gateway attachment."""
        path = f"{NETWORKS}/{self.network['id']}/transit-gateways"
        body = {
            "name": "gateway-dev-aws-us-east-2-transit-gateway",
            "cidr_blocks": ["10.60.0.0/16"],
            "transit_gateway_attachment_config": {
                "kind": "aws-transit-gateway-attachment",
                "transit_gateway_id": "tgw-1",
                "ram_share_arn": "arn:aws:ram:us-east-2:111122223333:resource-share/4b7e2c8a",
            },
        }
        self.attachment = self.created(path, body)
        if accepted:
            self.konnect.admin("POST", f"accept/transit-gateways/{self.attachment}")
            self.konnect.wait(10)
        self.record(
            "CloudGatewayTransitGateway",
            self.attachment,
            "attachment",
            name=body["name"],
            network_id=self.network["id"],
        )

    def create_groups(self, *, ready: bool = True) -> None:
        """The configuration with a group in the network."""
        self.konnect.configuration(self.plane, self.konnect.group(self.network))
        if ready:
            self.konnect.wait(11)
        self.record(
            "CloudGatewayConfiguration", self.plane, "configuration", control_plane_id=self.plane
        )

    def create_cache(self, *, ready: bool = True) -> None:
        """The managed cache."""
        self.cache = self.konnect.add_on(self.plane, name="gateway-dev-cache")["id"]
        if ready:
            self.konnect.wait(16)
        self.record("CloudGatewayAddon", self.cache, "cache", name="gateway-dev-cache")

    def create_plugin(self) -> None:
        """A plugin that counts in the cache's partial."""
        partial = self.konnect.read(f"{ADD_ONS}/{self.cache}")["config"]["state_metadata"]
        body = {
            "name": "rate-limiting-advanced",
            "tags": [OWNER.tag],
            "config": {"limit": [5], "window_size": [60], "strategy": "redis", "sync_rate": 1},
            "partials": [{"id": partial["cache_config_id"]}],
        }
        self.plugin = self.created(entities(self.plane, "plugins"), body)
        self.record(
            "GatewayPlugin", self.plugin, "plugin", name=body["name"], control_plane_id=self.plane
        )

    def create_domain(self) -> None:
        """A custom domain whose records lead to Kong."""
        endpoint = self.konnect.read(f"/v2/control-planes/{self.plane}")["config"][
            "control_plane_endpoint"
        ]
        host = endpoint.removeprefix("https://").split(".")[0]
        gateways = "gateways.konggateway.com"
        self.konnect.dns(DOMAIN, "CNAME", f"{host}.{gateways}")
        acme = f"_acme-challenge.{DOMAIN}"
        self.konnect.dns(acme, "CNAME", f"_acme-challenge.{host}.acme.{gateways}")
        body = {"control_plane_id": self.plane, "control_plane_geo": "us", "domain": DOMAIN}
        self.domain = self.created(DOMAINS, body)
        self.konnect.wait(6)
        self.record("CloudGatewayCustomDomain", self.domain, "domain", domain=DOMAIN)

    def create_all(self) -> None:
        """Everything, ready."""
        self.create_plane()
        self.create_network()
        self.create_attachment()
        self.create_groups()
        self.create_cache()
        self.create_plugin()
        self.create_domain()
        self.contract = {"contract": "1.5"}

    def created(self, path: str, body: Json) -> str:
        """Create an object, and return its id."""
        answer = self.konnect.post(path, body)
        assert answer.status == 201, answer.body
        return str(answer.body["id"])
