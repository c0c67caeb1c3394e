"""TCP forwarders to a Memorystore, behind an internal passthrough load balancer.

Kong's network is peered with ours, and a Memorystore is in a network of Google's that is peered
with ours too. Peering is not transitive, so Kong's network does not reach the Memorystore. It does
reach a forwarding rule of our network. Behind that, VMs in two zones give each packet the address
of the Memorystore (DNAT) and their own as its source. So TLS is between Kong and the Memorystore,
and a health check of the VMs ends at the Memorystore too.

The VMs run Container-Optimized OS, whose image has ``iptables``. They install nothing, so they need
neither NAT nor an external address. They have no service account.
Source: "Internal passthrough Network Load Balancers and connected networks", "Configuring the host
firewall" (of Container-Optimized OS) and "Automatically apply VM configuration updates in a MIG" of
Google Cloud.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.cache.regional import RedisEndpoint
from components.component import Component
from components.names import bounded_name

IMAGE: Final = "projects/cos-cloud/global/images/family/cos-stable"
MACHINE_TYPE: Final = "e2-small"
FORWARDERS: Final = 2
"""How many VMs there are, each in a zone of its own if the region has two."""
HEALTH_CHECKS: Final = ("130.211.0.0/22", "35.191.0.0/16")
"""Where Google's health checks come from."""
_NAME_MAX: Final = 63
_LOGICAL_MAX: Final = _NAME_MAX - 8
"""Pulumi adds a hyphen and seven digits to a name."""
_INSTANCE_MAX: Final = _NAME_MAX - 5
"""Google adds a hyphen and four characters to the name of a VM."""


@dataclass(frozen=True)
class GcpForwardersArgs:
    """The forwarders of one Memorystore."""

    region: str
    """GCP region: ``us-central1``."""
    zones: Sequence[str]
    """Zones of the region. The first two have a forwarder."""
    network_id: pulumi.Input[str]
    """The network of the Memorystore: ``projects/<project>/global/networks/<name>``."""
    redis: RedisEndpoint
    """The Memorystore itself."""
    gateway_cidr: IPv4Network
    """The block of Kong's network. Nobody else gets in."""
    gateway_shape: str
    """A digest of what can never change in Kong's network. With it in its name, the firewall rule
    of a new network is created before that of the old one is deleted."""
    block: IPv4Network | None = None
    """The block of a new subnetwork, /28 or larger. None: ``subnetwork`` is given."""
    subnetwork: pulumi.Input[str] | None = None
    """The subnetwork of another team, if ``block`` is None."""
    project: pulumi.Input[str] | None = None
    """The project of the network, if another team owns it. None: the provider's project."""
    labels: Mapping[str, str] = field(default_factory=dict)


def startup_script(host: str, port: int) -> str:
    """The script that makes a VM a forwarder. It runs at each start and contains no secret.

    ``host`` is the Memorystore's IPv4 address.
    """
    to_redis = f"-p tcp -d {host} --dport {port}"
    from_redis = f"-p tcp -s {host} --sport {port}"
    return "\n".join(
        (
            "#!/bin/bash",
            "set -e",
            "sysctl -w net.ipv4.ip_forward=1",
            f"iptables -t nat -A PREROUTING -p tcp --dport {port} -j DNAT "
            f"--to-destination {host}:{port}",
            f"iptables -t nat -A POSTROUTING {to_redis} -j MASQUERADE",
            f"iptables -I FORWARD {to_redis} -j ACCEPT",
            f"iptables -I FORWARD {from_redis} -m conntrack --ctstate ESTABLISHED -j ACCEPT",
            "",
        )
    )


class GcpForwarders(Component):
    """A load balancer whose address leads to a Memorystore."""

    endpoint: RedisEndpoint
    """The Memorystore as Kong's network reaches it."""

    def __init__(
        self, name: str, args: GcpForwardersArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("GcpForwarders", name, args, opts)
        self._args = args
        self._tag = bounded_name(name, "vm", _NAME_MAX)
        self._balancer = bounded_name(name, "lb", _LOGICAL_MAX)
        self._vms = bounded_name(name, "vms", _LOGICAL_MAX)
        self._port = pulumi.Output.from_input(args.redis.port).apply(int)
        subnetwork = self._subnetwork()
        let_in = [
            self._let_in("checks", HEALTH_CHECKS),
            self._let_in(f"gateway-{args.gateway_shape}", [str(args.gateway_cidr)]),
        ]
        rule = gcp.compute.ForwardingRule(
            self._balancer,
            region=args.region,
            project=args.project,
            network=args.network_id,
            subnetwork=subnetwork,
            backend_service=self._backend(self._group(subnetwork)).id,
            ip_protocol="TCP",
            ports=[self._port.apply(str)],
            load_balancing_scheme="INTERNAL",
            labels=dict(args.labels),
            opts=self.child(let_in),
        )
        self.endpoint = replace(args.redis, host=rule.ip_address)
        self.register_outputs({"address": rule.ip_address})

    def _subnetwork(self) -> pulumi.Input[str]:
        """The given subnetwork, or a new one. Raises ValueError without a block."""
        args = self._args
        if args.subnetwork is not None:
            return args.subnetwork
        if args.block is None:
            raise ValueError(f"{self.name}: the forwarders need a block or a subnetwork")
        return gcp.compute.Subnetwork(
            f"{self.name}-subnet",
            name=bounded_name(self.name, "subnet", _NAME_MAX),
            region=args.region,
            project=args.project,
            network=args.network_id,
            ip_cidr_range=str(args.block),
            opts=self.child(),
        ).id

    def _let_in(self, what: str, blocks: Sequence[str]) -> pulumi.Resource:
        """A firewall rule that lets blocks in to the forwarders on the port of Redis."""
        return gcp.compute.Firewall(
            f"{self.name}-{what}",
            name=bounded_name(self.name, what, _NAME_MAX),
            network=self._args.network_id,
            project=self._args.project,
            direction="INGRESS",
            source_ranges=list(blocks),
            target_tags=[self._tag],
            allows=[{"protocol": "tcp", "ports": [self._port.apply(str)]}],
            opts=self.child(),
        )

    def _template(self, subnetwork: pulumi.Input[str]) -> gcp.compute.RegionInstanceTemplate:
        redis = self._args.redis
        script = pulumi.Output.all(redis.host, self._port).apply(
            lambda known: startup_script(known[0], known[1])
        )
        return gcp.compute.RegionInstanceTemplate(
            self._vms,
            region=self._args.region,
            project=self._args.project,
            machine_type=MACHINE_TYPE,
            disks=[{"boot": True, "auto_delete": True, "source_image": IMAGE}],
            # Without access_configs there is no external address.
            network_interfaces=[{"subnetwork": subnetwork}],
            metadata={"startup-script": script, "block-project-ssh-keys": "true"},
            shielded_instance_config={
                "enable_secure_boot": True,
                "enable_vtpm": True,
                "enable_integrity_monitoring": True,
            },
            tags=[self._tag],
            labels=dict(self._args.labels),
            opts=self.child(),
        )

    def _group(self, subnetwork: pulumi.Input[str]) -> gcp.compute.RegionInstanceGroupManager:
        """Two VMs, in two zones if the region has them. An update starts the new ones first.

        The group does not recreate a VM when Redis is out of reach: that would help nobody.
        """
        zones = list(self._args.zones)[:FORWARDERS]
        return gcp.compute.RegionInstanceGroupManager(
            self._vms,
            region=self._args.region,
            project=self._args.project,
            base_instance_name=bounded_name(self.name, "vm", _INSTANCE_MAX),
            versions=[{"instance_template": self._template(subnetwork).self_link}],
            target_size=FORWARDERS,
            distribution_policy_zones=zones,
            update_policy={
                "type": "PROACTIVE",
                "minimal_action": "REPLACE",
                # Google takes 0 or at least the number of zones.
                "max_surge_fixed": len(zones),
                "max_unavailable_fixed": 0,
            },
            wait_for_instances=True,
            opts=self.child(),
        )

    def _backend(
        self, group: gcp.compute.RegionInstanceGroupManager
    ) -> gcp.compute.RegionBackendService:
        # The check completes a TLS handshake, and only the Memorystore behind the VM can answer.
        check = gcp.compute.RegionHealthCheck(
            self._balancer,
            region=self._args.region,
            project=self._args.project,
            check_interval_sec=10,
            timeout_sec=5,
            ssl_health_check={"port": self._port},
            opts=self.child(),
        )
        return gcp.compute.RegionBackendService(
            self._balancer,
            region=self._args.region,
            project=self._args.project,
            load_balancing_scheme="INTERNAL",
            protocol="TCP",
            health_checks=check.id,
            connection_draining_timeout_sec=60,
            backends=[{"group": group.instance_group, "balancing_mode": "CONNECTION"}],
            opts=self.child(),
        )
