"""Pulumi mocks of the clouds and of Konnect for wiring tests: what is registered, is there.

Konnect's list endpoints answer from what the program registered, all ready, so that the
readiness waits of the program run as they do in an update.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks

from providers import konnect
from providers.konnect import lookups
from providers.konnect.client import Client, use_client
from tests.event_loops import run_and_close

SECRET = "4dabf18193072939515e22adb298388d"


def plain(value: Any) -> Any:
    """A wire value without the wrappers of secrets."""
    if isinstance(value, dict):
        return plain(value["value"]) if SECRET in value else {k: plain(v) for k, v in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


@dataclass
class Registered:
    """One resource that the program registered."""

    type: str
    name: str
    inputs: dict[str, Any]
    provider: str
    urn: str = ""
    protect: bool = False
    depends_on: tuple[str, ...] = ()
    """URNs."""
    retained: bool = False
    """Whether a delete leaves it in the cloud."""
    ignored: tuple[str, ...] = ()
    """Properties whose changes the engine ignores."""
    property_dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """URNs by the name of the property."""
    delete_before_replace: bool = False

    @property
    def id(self) -> str:
        """The id that the mocks gave it; a configuration's is its control plane's."""
        if self.type.endswith("konnect:CloudGatewayConfiguration"):
            return str(self.inputs["control_plane_id"])
        if self.type == "azure-native:resources:ResourceGroup":
            return f"/subscriptions/sub/resourceGroups/{self.name}"
        if self.type == "azure-native:network:VirtualNetwork":
            group = f"/subscriptions/sub/resourceGroups/{self.inputs['resourceGroupName']}"
            return f"{group}/providers/Microsoft.Network/virtualNetworks/{self.name}"
        if self.type == "azure-native:network:VirtualHub":
            group = f"/subscriptions/sub/resourceGroups/{self.inputs['resourceGroupName']}"
            return f"{group}/providers/Microsoft.Network/virtualHubs/{self.name}"
        return f"{self.name}-id"


@dataclass
class World(Mocks):
    """Everything that was registered, and Konnect's answers about it."""

    ready: bool = True
    resources: list[Registered] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The providers that functions of clouds were called with; empty text for a default one."""
    peerings: tuple[str, ...] = ("pcx-1",)
    """The ids of the VPC peerings that AWS lists."""
    searched: list[dict[str, Any]] = field(default_factory=list)
    """The arguments of each search for VPC peerings."""
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What components registered as their outputs, by URN."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        inputs = plain(args.inputs)
        resource = Registered(args.typ, args.name, inputs, args.provider or "")
        self.resources.append(resource)
        outputs = {k: v for k, v in inputs.items() if not k.startswith("__")}
        arn = f"arn:aws:mock:us-east-2:111122223333:{args.name}"
        extra = {
            "arn": arn,
            "state": None,
            "selfLink": f"https://gcp/{args.name}",
            "project": "customer-project",
            "zoneId": f"{args.name}-id",
            "name": inputs.get("name") or inputs.get("resourceGroupName") or args.name,
            "transitGatewayAttachmentId": inputs.get("transitGatewayAttachmentId"),
            "host": "10.0.0.3",
            "ipAddress": "10.97.130.2",
            "instanceGroup": f"https://gcp/instanceGroups/{args.name}",
            "port": 6379.0,
            "authString": "redis-password",
            "control_plane_endpoint": f"https://{args.name}.cp.konghq.com",
            "telemetry_endpoint": f"https://{args.name}.tp0.konghq.com",
            "dnsName": f"{args.name}.elb.example",
            "nameServers": ["ns-1.example."],
            "vpnInterfaces": [{"id": n, "ipAddress": f"{args.name}-{n}"} for n in range(2)],
            "ipConfigurations": [
                {"id": f"Instance{n}", "publicIpAddress": f"{args.name}-{n}"} for n in range(2)
            ],
            "tunnel1Address": f"{args.name}-1",
            "tunnel2Address": f"{args.name}-2",
            "ownerId": "111122223333",
        }
        if args.typ.endswith("multicloudgateway:PresharedKey"):
            extra["value"] = args.name
        if args.typ == "aws:networkfirewall/firewall:Firewall":
            state = {"attachmentId": f"{args.name}-attachment"}
            extra["firewallStatuses"] = [{"transitGatewayAttachmentSyncStates": [state]}]
        if args.typ == "aws:ec2/vpnConnection:VpnConnection":
            extra["transitGatewayAttachmentId"] = f"{args.name}-attachment"
        if args.typ == "aws:networkfirewall/firewall:Firewall":
            attached = [{"attachmentId": f"{args.name}-attach"}]
            extra["firewallStatuses"] = [{"transitGatewayAttachmentSyncStates": attached}]
        if args.typ == "azure-native:network:VirtualNetwork":
            extra["name"] = inputs.get("virtualNetworkName")
        if args.typ == "azure-native:privatedns:PrivateZone":
            extra["name"] = inputs.get("privateZoneName")
        if args.typ == "azure-native:network:NetworkSecurityGroup":
            extra["name"] = inputs.get("networkSecurityGroupName")
        return resource.id, {**extra, **outputs}

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        if args.token == "aws:ec2/getVpcPeeringConnections:getVpcPeeringConnections":
            self.searched.append(plain(args.args))
            return {**args.args, "id": "us-east-2", "ids": list(self.peerings)}, []
        if args.token == "aws:route53/getRecords:getRecords":
            return {**args.args, "id": args.args["zoneId"], "resourceRecordSets": []}, []
        assert args.token == "azure-native:authorization:getClientConfig"
        self.asked.append(args.provider or "")
        config = {"clientId": "c", "objectId": "o", "subscriptionId": "sub", "tenantId": "tenant"}
        return config, []

    def of(self, suffix: str) -> list[Registered]:
        """The registered resources whose type ends so."""
        return [r for r in self.resources if r.type.endswith(suffix)]

    @property
    def urns(self) -> list[str]:
        """The URNs of all resources, as the engine has them in its state."""
        return [resource.urn for resource in self.resources]

    def outputs_of(self, suffix: str) -> dict[str, Any]:
        """What the only component of a type registered as its outputs."""
        return self.outputs[self.one(suffix).urn]

    def one(self, suffix: str) -> Registered:
        """The only one of a type."""
        (found,) = self.of(suffix)
        return found

    def konnect(self, request: httpx.Request) -> httpx.Response:
        """Konnect as the program's look-ups and waits see it."""
        path = request.url.path.removeprefix("/v2/cloud-gateways/")
        if path == "provider-accounts":
            return _page(
                {"id": f"account-{c}", "provider": c, "provider_account_id": f"kong-{c}"}
                for c in ("aws", "azure", "gcp")
            )
        if path == "networks":
            return _page(self._network(r) for r in self.of("konnect:CloudGatewayNetwork"))
        if path == "configurations":
            return _page(
                self._configuration(r) for r in self.of("konnect:CloudGatewayConfiguration")
            )
        if path.endswith("/transit-gateways"):
            network = path.split("/")[1]
            return _page(
                self._attachment(r)
                for r in self.of("konnect:CloudGatewayTransitGateway")
                if r.inputs.get("network_id") == network
            )
        if path == "custom-domains":
            return _page(
                {"id": r.id, "state": self._state(), **_written(r)}
                for r in self.of("konnect:CloudGatewayCustomDomain")
            )
        if path.endswith("/private-dns"):
            network = path.split("/")[1]
            return _page(
                {**r.inputs, "id": r.id, "state": "ready"}
                for r in self.of("konnect:CloudGatewayPrivateDns")
                if r.inputs.get("network_id") == network
            )
        if path == "add-ons":
            return _page(
                {
                    "id": r.id,
                    "name": r.inputs["name"],
                    "state": "ready",
                    "config": {
                        "data_plane_groups": [
                            {
                                "id": "group-1",
                                "cloud_gateway_network_id": "network-1",
                                "provider": "aws",
                                "region": "us-east-2",
                                "state": "ready",
                                "state_metadata": {},
                            }
                        ],
                        "state_metadata": {
                            "cache_config_id": "managed-partial",
                            "cache_host": _of_cache("HOST"),
                            "cache_port": _of_cache("PORT"),
                            "cache_username": _of_cache("USERNAME"),
                            "cache_server_name": _of_cache("SERVER_NAME"),
                            "cloud_authentication": {
                                "auth_provider": _of_cache("AUTH_PROVIDER"),
                                "aws_cache_name": _of_cache("AWS_CACHE_NAME"),
                                "aws_region": _of_cache("AWS_REGION"),
                                "aws_assume_role_arn": _of_cache("AWS_ASSUME_ROLE_ARN"),
                            },
                        },
                    },
                }
                for r in self.of("konnect:CloudGatewayAddon")
            )
        if path == "default-resource-quotas":
            return _page(iter(()))
        if path.endswith("/core-entities/partials"):
            return httpx.Response(200, json={"data": [{"id": "managed-partial"}]})
        if path.endswith("/core-entities/plugins"):
            return httpx.Response(200, json={"data": []})
        return httpx.Response(404, json={"title": "Not Found", "detail": path})

    def _state(self) -> str:
        return "ready" if self.ready else "initializing"

    def _network(self, r: Registered) -> dict[str, Any]:
        return {
            "id": r.id,
            "state": self._state(),
            "provider_metadata": {"vpc_id": f"kong-{r.name}"} if self.ready else {},
            **{k: v for k, v in r.inputs.items() if not k.startswith("__")},
        }

    def _attachment(self, r: Registered) -> dict[str, Any]:
        config = {**r.inputs["transit_gateway_attachment_config"], "attachment_id": "tgw-attach-1"}
        return {
            "id": r.id,
            "name": r.inputs["name"],
            "state": "ready",
            "transit_gateway_attachment_config": config,
        }

    def _configuration(self, r: Registered) -> dict[str, Any]:
        groups = r.inputs["dataplane_groups"]
        actual = [
            {
                "id": f"group-{g['region']}",
                "state": "ready",
                "hostnames": [f"{g['region']}.example"],
                "private_ip_addresses": ["10.64.0.4"],
                "egress_ip_addresses": ["203.0.113.4"],
                **{k: g[k] for k in ("provider", "region", "cloud_gateway_network_id")},
            }
            for g in groups
        ]
        return {
            "id": "configuration-1",
            "control_plane_id": r.inputs["control_plane_id"],
            "entity_version": 1,
            "dataplane_group_config": groups,
            "dataplane_groups": actual,
        }


class Monitor(MockMonitor):
    """Pulumi's mock of the engine, with what it leaves out: whole URNs, options, outputs."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.world = world

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The engine has the types of all parents in a URN, the mock only that of the last."""
        above = parent.split("::")[2] if parent else "pulumi:pulumi:Stack"
        prefix = "" if above == "pulumi:pulumi:Stack" else f"{above}$"
        return f"urn:pulumi:s::p::{prefix}{type_}::{name}"

    def RegisterResource(self, request: Any) -> Any:
        """Keep the options that `Mocks.new_resource` is not told."""
        response = super().RegisterResource(request)
        for resource in self.world.resources:
            # Other threads register resources meanwhile.
            if (resource.type, resource.name) == (request.type, request.name):
                resource.urn = response.urn
                resource.protect = request.protect
                resource.delete_before_replace = request.deleteBeforeReplace
                resource.depends_on = tuple(request.dependencies)
                resource.retained = request.retainOnDelete
                resource.ignored = tuple(request.ignoreChanges)
                resource.property_dependencies = {
                    key: tuple(each.urns) for key, each in request.propertyDependencies.items()
                }
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:
        """Keep a component's outputs."""
        self.world.outputs[request.urn] = plain(rpc.deserialize_properties(request.outputs))
        return super().RegisterResourceOutputs(request)


def _of_cache(variable: str) -> str:
    return f"{{vault://env/ADDON_MANAGED_CACHE_{variable}}}"


def _written(r: Registered) -> dict[str, Any]:
    return {key: value for key, value in r.inputs.items() if not key.startswith("__")}


def _page(items: Iterator[dict[str, Any]]) -> httpx.Response:
    data = list(items)
    page = {"number": 1, "size": 100, "total": len(data)}
    return httpx.Response(200, json={"meta": {"page": page}, "data": data})


def run_program(
    make: Callable[[konnect.Provider], Any],
    *,
    preview: bool = False,
    ready: bool = True,
    world: World | None = None,
) -> tuple[World, Any]:
    """Run a program under mocks: what was registered, and what ``make`` returned, once known."""
    world = world or World(ready=ready)
    connection = konnect.Connection("http://konnect.test", "kpat_test")
    use_client(Client(connection, httpx.MockTransport(world.konnect)))
    returned: list[Any] = []

    async def program() -> None:
        # Of this process, not of a program: what earlier ones left pending is in it too.
        pulumi.runtime.settings.SETTINGS.outputs.clear()
        pulumi.runtime.set_mocks(
            world, project="p", stack="s", preview=preview, monitor=Monitor(world)
        )
        provider = konnect.Provider("konnect", token="kpat_test", server_url="http://konnect.test")
        outputs = pulumi.Output.from_input(make(provider))
        returned.append(await outputs.future(with_unknowns=True))
        while True:
            pending = set(pulumi.runtime.settings.SETTINGS.outputs)
            if not pending:
                break
            await asyncio.gather(*pending)

    lookups.get_provider_accounts.cache_clear()
    lookups.get_availability.cache_clear()
    lookups.get_resource_quotas.cache_clear()
    run_and_close(program())
    return world, returned[0]


def unmocked() -> None:
    """Forget the mocks, so that the next test starts clean."""
    pulumi.runtime.settings.reset_options()
