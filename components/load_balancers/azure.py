"""An Application Gateway of Azure in front of a private gateway.

TLS ends at it. It opens TLS to the gateway again and checks the gateway's certificate, so it needs
the name in that certificate. Its backends are the gateway's private addresses, which it reaches
over the peering of the landing. It has a subnet of its own, as Azure demands.

Why not Kong's recipe of an internal load balancer behind Private Link: the backends of such a load
balancer must be machines in its own VNet, and Private Link refuses one whose backends are
addresses. Source: Microsoft, "Backend pool management", "Azure Private Link service limitations",
"Application Gateway infrastructure configuration".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Final

import pulumi
from pulumi_azure_native import network

from components.entry.base import EntryTarget
from components.load_balancers.base import (
    GATEWAY_PORT,
    LoadBalancer,
    LoadBalancerChoice,
    PrivateOrigin,
)
from components.networks.attributes import AzureVnetAttributes

_ALLOW: Final = network.SecurityRuleAccess.ALLOW
_HTTPS: Final = network.ApplicationGatewayProtocol.HTTPS
_SKU: Final = "WAF_v2"
_RULE_SETS: Final = (("Microsoft_DefaultRuleSet", "2.1"), ("Microsoft_BotManagerRuleSet", "1.1"))
_MOST_INSTANCES: Final = 10
_TIMEOUT: Final = 60
"""Seconds for an answer: as long as Kong by default waits for an upstream."""


@dataclass(frozen=True)
class AzureLoadBalancerArgs:
    """An Application Gateway of a region, and where it is."""

    choice: LoadBalancerChoice
    """With ``certificate_secret_id``, ``identity_id`` and ``gateway_name``."""
    origin: PrivateOrigin
    vnet: AzureVnetAttributes
    cidr: IPv4Network
    """The VNet's block: the clients, unless ``choice`` names others."""
    subnet: IPv4Network
    """A free block of the VNet, /26 or larger; Microsoft advises a /24."""
    links: Sequence[pulumi.Resource] = ()
    """The links of the gateway network: over them the backends are reached."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of every resource."""


class AzureLoadBalancer(LoadBalancer):
    """A subnet with a security group, a public address, a firewall and an Application Gateway.

    Azure demands a public address. When the choice is internal, nothing listens on it. A change of
    the gateway's addresses updates the backends in place. Raises ValueError for a choice without
    the certificate, the identity or the gateway's name.
    """

    target: EntryTarget
    """The address on which clients connect."""

    def __init__(
        self, name: str, args: AzureLoadBalancerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("AzureLoadBalancer", name, args, opts)
        _require(name, args.choice)
        self._args = args
        self._location = args.origin.region
        self._address = network.PublicIPAddress(
            f"{name}-address",
            resource_group_name=args.vnet.resource_group_name,
            public_ip_address_name=f"{name}-address",
            location=self._location,
            sku={"name": network.PublicIPAddressSkuName.STANDARD},
            public_ip_allocation_method=network.IPAllocationMethod.STATIC,
            tags=args.tags,
            opts=self.child(),
        )
        self._private = IPv4Address(int(args.subnet.broadcast_address) - 1)
        gateway = self._gateway(self._subnet(), self._firewall())
        address = (
            pulumi.Output.from_input(str(self._private))
            if args.choice.internal
            else self._address.ip_address.apply(str)
        )
        ready = pulumi.Output.all(gateway.id, address)
        self.target = EntryTarget(addresses=ready.apply(lambda known: [str(known[1])]))
        self.register_outputs({"address": address})

    def _subnet(self) -> network.Subnet:
        """The subnet, with a security group that lets in Azure's managers and the clients."""
        args, choice = self._args, self._args.choice
        everybody = str(args.cidr) if choice.internal else "*"
        port = str(GATEWAY_PORT)
        clients = [str(block) for block in choice.clients] or [everybody]
        group = network.NetworkSecurityGroup(
            f"{self.name}-clients",
            resource_group_name=args.vnet.resource_group_name,
            network_security_group_name=f"{self.name}-clients",
            location=self._location,
            security_rules=[
                # Azure refuses a gateway whose instances its managers cannot reach.
                _rule_for("managers", 100, "GatewayManager", "65200-65535"),
                *(
                    _rule_for(f"clients-{index}", 110 + index, block, port)
                    for index, block in enumerate(clients)
                ),
                # Else a default rule of Azure lets all peered networks in.
                _rule_for("others", 4096, "*", port, network.SecurityRuleAccess.DENY),
            ],
            tags=args.tags,
            opts=self.child(),
        )
        return network.Subnet(
            f"{self.name}-subnet",
            resource_group_name=args.vnet.resource_group_name,
            virtual_network_name=args.vnet.vnet_name,
            subnet_name=f"{self.name}-subnet",
            address_prefix=str(args.subnet),
            network_security_group={"id": group.id},
            opts=self.child(),
        )

    def _firewall(self) -> network.WebApplicationFirewallPolicy:
        """Microsoft's managed rules."""
        return network.WebApplicationFirewallPolicy(
            f"{self.name}-waf",
            resource_group_name=self._args.vnet.resource_group_name,
            policy_name=f"{self.name}-waf",
            location=self._location,
            managed_rules={
                "managed_rule_sets": [
                    {"rule_set_type": kind, "rule_set_version": version}
                    for kind, version in _RULE_SETS
                ]
            },
            policy_settings={
                "mode": network.WebApplicationFirewallMode.PREVENTION,
                "state": network.WebApplicationFirewallEnabledState.ENABLED,
                "request_body_check": True,
            },
            tags=self._args.tags,
            opts=self.child(),
        )

    def _gateway(
        self, subnet: network.Subnet, firewall: network.WebApplicationFirewallPolicy
    ) -> network.ApplicationGateway:
        args, choice = self._args, self._args.choice
        own_subnet = network.SubResourceArgs(id=subnet.id)
        return network.ApplicationGateway(
            f"{self.name}-gateway",
            resource_group_name=args.vnet.resource_group_name,
            application_gateway_name=self._own_name,
            location=self._location,
            sku=network.ApplicationGatewaySkuArgs(name=_SKU, tier=_SKU),
            autoscale_configuration=network.ApplicationGatewayAutoscaleConfigurationArgs(
                min_capacity=0, max_capacity=_MOST_INSTANCES
            ),
            enable_http2=True,
            firewall_policy=network.SubResourceArgs(id=firewall.id),
            identity=network.ManagedServiceIdentityArgs(
                type=network.ResourceIdentityType.USER_ASSIGNED,
                user_assigned_identities=[choice.identity_id or ""],
            ),
            gateway_ip_configurations=[
                network.ApplicationGatewayIPConfigurationArgs(name="own", subnet=own_subnet)
            ],
            frontend_ip_configurations=[
                network.ApplicationGatewayFrontendIPConfigurationArgs(
                    name="public", public_ip_address=network.SubResourceArgs(id=self._address.id)
                ),
                network.ApplicationGatewayFrontendIPConfigurationArgs(
                    name="private",
                    subnet=own_subnet,
                    private_ip_address=str(self._private),
                    private_ip_allocation_method=network.IPAllocationMethod.STATIC,
                ),
            ],
            frontend_ports=[
                network.ApplicationGatewayFrontendPortArgs(name="https", port=GATEWAY_PORT)
            ],
            ssl_certificates=[
                network.ApplicationGatewaySslCertificateArgs(
                    name="clients", key_vault_secret_id=choice.certificate_secret_id
                )
            ],
            ssl_policy=network.ApplicationGatewaySslPolicyArgs(
                policy_type=network.ApplicationGatewaySslPolicyType.PREDEFINED,
                policy_name=network.ApplicationGatewaySslPolicyName.APP_GW_SSL_POLICY20220101,
            ),
            http_listeners=[self._listener()],
            backend_address_pools=[self._pool()],
            probes=[self._probe()],
            backend_http_settings_collection=[self._settings()],
            request_routing_rules=[self._rule()],
            tags=args.tags,
            opts=self.child(args.links),
        )

    def _listener(self) -> network.ApplicationGatewayHttpListenerArgs:
        """Clients connect with TLS, on the private or the public address."""
        frontend = "private" if self._args.choice.internal else "public"
        return network.ApplicationGatewayHttpListenerArgs(
            name="clients",
            protocol=_HTTPS,
            frontend_ip_configuration=self._part("frontendIPConfigurations", frontend),
            frontend_port=self._part("frontendPorts", "https"),
            ssl_certificate=self._part("sslCertificates", "clients"),
        )

    def _rule(self) -> network.ApplicationGatewayRequestRoutingRuleArgs:
        """All requests go to the gateway."""
        return network.ApplicationGatewayRequestRoutingRuleArgs(
            name="all",
            rule_type=network.ApplicationGatewayRequestRoutingRuleType.BASIC,
            priority=100,
            http_listener=self._part("httpListeners", "clients"),
            backend_address_pool=self._part("backendAddressPools", "gateway"),
            backend_http_settings=self._part("backendHttpSettingsCollection", "gateway"),
        )

    def _pool(self) -> network.ApplicationGatewayBackendAddressPoolArgs:
        """The gateway's addresses."""
        addresses = self._args.origin.addresses.apply(
            lambda known: [
                network.ApplicationGatewayBackendAddressArgs(ip_address=address)
                for address in known
            ]
        )
        return network.ApplicationGatewayBackendAddressPoolArgs(
            name="gateway", backend_addresses=addresses
        )

    def _probe(self) -> network.ApplicationGatewayProbeArgs:
        return network.ApplicationGatewayProbeArgs(
            name="health",
            protocol=_HTTPS,
            host=self._args.choice.gateway_name,
            path=self._args.origin.health_path,
            interval=10,
            timeout=10,
            unhealthy_threshold=3,
            match=network.ApplicationGatewayProbeHealthResponseMatchArgs(status_codes=["200"]),
        )

    def _settings(self) -> network.ApplicationGatewayBackendHttpSettingsArgs:
        """The gateway is asked with TLS, by the name in its certificate."""
        return network.ApplicationGatewayBackendHttpSettingsArgs(
            name="gateway",
            port=GATEWAY_PORT,
            protocol=_HTTPS,
            host_name=self._args.choice.gateway_name,
            cookie_based_affinity=network.ApplicationGatewayCookieBasedAffinity.DISABLED,
            request_timeout=_TIMEOUT,
            probe=self._part("probes", "health"),
        )

    @property
    def _own_name(self) -> str:
        return f"{self.name}-gateway"

    def _part(self, collection: str, name: str) -> network.SubResourceArgs:
        """A reference to another part of the gateway, which has the gateway's id before its own."""
        id_ = pulumi.Output.concat(
            self._args.vnet.resource_group_id,
            f"/providers/Microsoft.Network/applicationGateways/{self._own_name}",
            f"/{collection}/{name}",
        )
        return network.SubResourceArgs(id=id_)


def _require(name: str, choice: LoadBalancerChoice) -> None:
    """Raise ValueError for a choice without what an Application Gateway needs."""
    for key in ("certificate_secret_id", "identity_id", "gateway_name"):
        if getattr(choice, key) is None:
            raise ValueError(f"{name}: an Application Gateway needs {key}")


def _rule_for(
    name: str, priority: int, source: str, ports: str, access: network.SecurityRuleAccess = _ALLOW
) -> network.SecurityRuleArgs:
    """A security rule for TCP from a source to some ports."""
    return network.SecurityRuleArgs(
        name=name,
        priority=priority,
        direction=network.SecurityRuleDirection.INBOUND,
        access=access,
        protocol=network.SecurityRuleProtocol.TCP,
        source_address_prefix=source,
        source_port_range="*",
        destination_address_prefix="*",
        destination_port_range=ports,
    )
