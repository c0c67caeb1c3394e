"""One violation of every rule, all in one program.

The code of the rows runs after `PROGRAM`, a gateway that prod's policies let pass. Every row breaks
one rule on one resource, and names its resources as no other row does. So each thing that the
policies say of the whole program belongs to one row. `HELPERS` are the functions that `PROGRAM` and
the rows are written with.
"""

from __future__ import annotations

from dataclasses import dataclass

HELPERS = '''
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_gcp as gcp
from providers import konnect

provider = konnect.Provider("konnect")


def options(protect: bool | None = None) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(provider=provider, protect=protect)


def network(
    name: str, region: str, cidr: str, zones: tuple[str, ...] = ("z1", "z2"), protect: bool = True
) -> dict[str, Any]:
    """Make a network, and describe a group of data planes in it."""
    made = konnect.CloudGatewayNetwork(
        name,
        name=name,
        cloud_gateway_provider_account_id="00000000-0000-4000-8000-000000000000",
        region=region,
        availability_zones=list(zones),
        cidr_block=cidr,
        opts=options(protect),
    )
    cloud = "aws" if region[-2] == "-" else "gcp" if "-" in region else "azure"
    return {
        "provider": cloud,
        "region": region,
        "cloud_gateway_network_id": made.id,
        "autoscale": {"kind": "autopilot", "base_rps": 10},
    }


def control_plane(name: str) -> konnect.GatewayControlPlane:
    return konnect.GatewayControlPlane(
        name,
        name=name,
        cluster_type="CLUSTER_TYPE_CONTROL_PLANE",
        cloud_gateway=True,
        labels={"env": "prod", "team": "platform"},
        opts=options(protect=True),
    )


def configuration(
    name: str, plane: konnect.GatewayControlPlane, *groups: Any, **changed: Any
) -> konnect.CloudGatewayConfiguration:
    args: dict[str, Any] = {"version": "3.13", "api_access": "private", **changed}
    return konnect.CloudGatewayConfiguration(
        name,
        control_plane_id=plane.id,
        control_plane_geo="us",
        dataplane_groups=list(groups),
        opts=options(protect=True),
        **args,
    )


def cache(name: str, owner: konnect.CloudGatewayConfiguration) -> konnect.CloudGatewayAddon:
    return konnect.CloudGatewayAddon(
        name,
        name=name,
        owner={
            "kind": "control-plane",
            "control_plane_id": owner.control_plane_id,
            "control_plane_geo": "us",
        },
        config={
            "kind": "managed-cache.v0",
            "capacity_config": {"kind": "tiered", "tier": "small"},
        },
        opts=options(),
    )


def redis(name: str, plane: konnect.GatewayControlPlane) -> konnect.GatewayPartial:
    return konnect.GatewayPartial(
        name,
        control_plane_id=plane.id,
        name=name,
        type="redis-ee",
        config={"host": "redis.internal", "port": 6379, "ssl": True, "ssl_verify": True},
        opts=options(),
    )

'''

APIS = '''
CONFIGS: dict[str, dict[str, Any]] = {
    "ai-prompt-guard": {"deny_patterns": ["(?i)password"]},
    "ai-proxy": {"route_type": "llm/v1/chat", "model": {"provider": "openai"}},
    "ai-rate-limiting-advanced": {
        "llm_providers": [{"name": "openai", "limit": [1000], "window_size": [60]}]
    },
    "rate-limiting-advanced": {"limit": [10], "window_size": [60]},
}
"""What a kind of plugin requires."""


def plugin(
    name: str, kind: str, config: dict[str, Any] | None = None, **args: Any
) -> konnect.GatewayPlugin:
    return konnect.GatewayPlugin(
        name,
        control_plane_id=main.id,
        name=kind,
        instance_name=name,
        config=config or CONFIGS.get(kind),
        opts=options(),
        **args,
    )


def api(name: str, tls_verify: bool = True) -> dict[str, Any]:
    """Make a service with a route of this name, and refer to the service."""
    service = konnect.GatewayService(
        f"{name}-service",
        control_plane_id=main.id,
        host="orders.internal",
        protocol="https",
        port=443,
        tls_verify=tls_verify,
        opts=options(),
    )
    reference = {"id": service.id}
    konnect.GatewayRoute(
        name, control_plane_id=main.id, service=reference, paths=["/orders"], opts=options()
    )
    return reference


def governed(name: str, tls_verify: bool = True) -> None:
    service = api(name, tls_verify)
    for kind in ("key-auth", "rate-limiting-advanced"):
        plugin(f"{name}-{kind}", kind, service=service)
'''

PROGRAM = f"""
{HELPERS}

ohio = network("ohio", "us-east-2", "10.72.0.0/20")
ireland = network("ireland", "eu-west-1", "10.72.16.0/20")
main = control_plane("main")
cache("main-cache", configuration("main-configuration", main, ohio, ireland))

{APIS}

governed("orders")
"""


@dataclass(frozen=True)
class Row:
    """`code` breaks `rule`, which names `resource`; the stack is a resource, too."""

    rule: str
    resource: str
    code: str


ROWS = [
    Row(
        "konnect-network-cidr-size",
        "small",
        'network("small", "us-east-1", "10.72.32.0/22")',
    ),
    Row(
        "konnect-network-no-overlap",
        "overlapping",
        'network("overlapping", "us-east-1", "10.72.8.0/21")',
    ),
    Row(
        "konnect-network-availability-zones",
        "one-zone",
        'network("one-zone", "us-east-1", "10.72.48.0/20", zones=("z1",))',
    ),
    Row(
        "konnect-gateway-regions-per-cloud",
        "one-region",
        """
plane = control_plane("one-region-plane")
eastus2 = network("one-region-network", "eastus2", "10.88.0.0/20")
cache("one-region-cache", configuration("one-region", plane, eastus2))
""",
    ),
    Row(
        "konnect-configuration-private-access",
        "public",
        """
plane = control_plane("public-plane")
cache("public-cache", configuration("public", plane, ohio, api_access="private+public"))
""",
    ),
    Row(
        "konnect-addon-cache-supported",
        "unsupported",
        """
plane = control_plane("unsupported-plane")
iowa = network("iowa", "us-central1", "10.108.0.0/20")
carolina = network("carolina", "us-east1", "10.108.16.0/20")
cache("unsupported", configuration("unsupported-configuration", plane, iowa, carolina))
""",
    ),
    Row(
        "konnect-gateway-cache-in-every-region",
        "without-cache",
        'configuration("without-cache", control_plane("without-cache-plane"), ohio)',
    ),
    Row(
        "gateway-service-reachable",
        "unreached",
        """
class Gateway(pulumi.ComponentResource):
    def __init__(self, name: str, services: dict[str, Any]) -> None:
        super().__init__("multicloudgateway:index:MultiCloudGateway", name)
        self.register_outputs({"services": services})


# No attachment leads from the network to the address.
Gateway(
    "unreached",
    {"orders": {"address": "10.73.32.10", "port": 443, "gateways": ["aws-us-east-2"]}},
)
""",
    ),
    Row(
        "konnect-plugin-cache-local",
        "far-from-redis",
        """
# On a control plane of its own: on the gateway's, it would limit the routes of all other rows.
elsewhere = redis("far-redis", control_plane("redis-plane"))
konnect.GatewayPlugin(
    "far-from-redis",
    control_plane_id=control_plane("plugin-plane").id,
    name="rate-limiting-advanced",
    config={
        "limit": [10], "window_size": [60], "strategy": "redis", "sync_rate": 1, "namespace": "bad"
    },
    partials=[{"id": elsewhere.id}],
    opts=options(),
)
""",
    ),
    Row(
        "konnect-partial-redis-reachable",
        "unreachable-redis",
        """
# On a control plane of its own: on the gateway's, it would not be the only cache.
direct = control_plane("direct-plane")
configuration("direct-configuration", direct, iowa)
memorystore = gcp.redis.Instance(
    "memorystore",
    region="us-central1",
    memory_size_gb=1,
    labels={"env": "prod", "team": "platform"},
)
konnect.GatewayPartial(
    "unreachable-redis",
    control_plane_id=direct.id,
    name="unreachable-redis",
    type="redis-ee",
    config={"host": memorystore.host, "port": 6378, "ssl": True, "ssl_verify": True},
    opts=options(),
)
""",
    ),
    Row(
        "konnect-ip-restriction-client-address",
        "edge-ranges",
        """
# On a control plane of its own: on the gateway's, it would concern all other rows.
behind = control_plane("behind-an-edge")
unwrapped = {**ohio, "environment": [{"name": "KONG_TRUSTED_IPS", "value": "203.0.113.0/24"}]}
cache("unwrapped-cache", configuration("unwrapped", behind, unwrapped))
konnect.GatewayPlugin(
    "edge-ranges",
    control_plane_id=behind.id,
    name="ip-restriction",
    config={"allow": ["203.0.113.0/24"]},
    opts=options(),
)
""",
    ),
    Row(
        "konnect-configuration-one-per-control-plane",
        "second",
        """
konnect.CloudGatewayConfiguration(
    "second",
    # The provider finds two of one output in a program; what comes of it is another one.
    control_plane_id=main.id.apply(lambda id: id),
    control_plane_geo="us",
    version="3.13",
    api_access="private",
    dataplane_groups=[ohio],
    opts=options(protect=True),
)
""",
    ),
    Row(
        "konnect-configuration-minimum-version",
        "old",
        """
plane = control_plane("old-plane")
configuration("old", plane, ohio, version="3.12")
redis("old-redis", plane)
""",
    ),
    Row(
        "konnect-configuration-autopilot",
        "static",
        """
static = {"kind": "static", "instance_type": "small", "requested_instances": 2}
plane = control_plane("static-plane")
cache("static-cache", configuration("static", plane, {**ohio, "autoscale": static}))
""",
    ),
    Row(
        "konnect-gateway-protected",
        "unprotected",
        'network("unprotected", "us-east-1", "10.72.64.0/20", protect=False)',
    ),
    Row(
        "konnect-custom-domain-caa",
        "domain",
        """
konnect.CloudGatewayCustomDomain(
    "domain",
    control_plane_id=main.id,
    control_plane_geo="us",
    domain="api.example.net",
    opts=options(),
)
""",
    ),
    Row(
        "cloud-resource-required-tags",
        "untagged",
        """
aws.ec2.Vpc("untagged", region="us-east-2", cidr_block="10.73.0.0/16", tags={"env": "prod"})
""",
    ),
    Row(
        "konnect-object-required-labels",
        "unlabelled",
        """
konnect.GatewayControlPlane(
    "unlabelled", name="unlabelled", labels={"env": "prod"}, opts=options(protect=True)
)
""",
    ),
    Row(
        "cloud-landing-no-public-ingress",
        "open-to-all",
        """
aws.vpc.SecurityGroupIngressRule(
    "open-to-all",
    region="us-east-2",
    security_group_id="sg-1",
    cidr_ipv4="0.0.0.0/0",
    ip_protocol="tcp",
    from_port=443,
    to_port=443,
)
""",
    ),
    Row(
        "cloud-hub-no-default-route",
        "default-route",
        """
aws.ec2transitgateway.Route(
    "default-route",
    region="us-east-2",
    destination_cidr_block="0.0.0.0/0",
    transit_gateway_attachment_id="tgw-attach-1",
    transit_gateway_route_table_id="tgw-rtb-1",
)
""",
    ),
    Row(
        "cloud-kong-principals-only",
        "stranger",
        """
aws.ram.PrincipalAssociation(
    "stranger",
    region="us-east-2",
    principal="444455556667",
    resource_share_arn="arn:aws:ram:us-east-2:111122223333:resource-share/1",
)
""",
    ),
    Row(
        "cloud-stack-monthly-cost",
        "probe-prod",
        'for n in range(6):\n    control_plane(f"plane-{n}")',
    ),
    Row(
        "konnect-route-authentication",
        "anonymous",
        """
plugin("anonymous-limit", "rate-limiting-advanced", service=api("anonymous"))
""",
    ),
    Row(
        "konnect-route-rate-limit",
        "unlimited",
        'plugin("unlimited-auth", "key-auth", service=api("unlimited"))',
    ),
    Row(
        "konnect-ai-route-token-quota",
        "without-quota",
        """
service = api("without-quota")
for kind in ("ai-proxy", "ai-prompt-guard", "key-auth", "rate-limiting-advanced"):
    plugin(f"without-quota-{kind}", kind, service=service)
""",
    ),
    Row(
        "konnect-ai-route-prompt-guard",
        "without-guard",
        """
service = api("without-guard")
for kind in ("ai-proxy", "ai-rate-limiting-advanced", "key-auth", "rate-limiting-advanced"):
    plugin(f"without-guard-{kind}", kind, service=service)
""",
    ),
    Row(
        "konnect-secret-referenced",
        "written",
        'plugin("written", "loggly", config={"key": "written"})',
    ),
    Row(
        "konnect-tls-verification",
        "unverified-service",
        'governed("unverified", tls_verify=False)',
    ),
]
"""A row for every rule."""

EVERY_VIOLATION = "\n".join([PROGRAM, *(row.code for row in ROWS)])
"""The program with all violations."""
