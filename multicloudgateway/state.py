"""Finds the provider class of a dynamic resource by its type; the state of stacks refers to it.

Pulumi records a pickled reference to the provider class with every dynamic resource, and loads it
again to read, update and delete the resource. The reference is `provider("konnect:<type>")` of
this module. This module's name, `provider` and the types never change: every release must find the
class of every type that ever existed. A provider class may move to another file; then only the
table below changes.

This module imports nothing when it is loaded, so that all packages of the project can use it.
"""

from __future__ import annotations

from typing import Any

MODULES = {
    "aviatrix:Account": "providers.aviatrix.account",
    "aviatrix:Firenet": "providers.aviatrix.firenet.firenet",
    "aviatrix:FirewallInstance": "providers.aviatrix.firenet.firewall_instance",
    "aviatrix:FirewallInstanceAssociation": "providers.aviatrix.firenet.association",
    "aviatrix:HaGateway": "providers.aviatrix.gateways.ha_gateway",
    "aviatrix:SegmentationNetworkDomain": "providers.aviatrix.segmentation.domain",
    "aviatrix:SegmentationNetworkDomainAssociation": "providers.aviatrix.segmentation.association",
    "aviatrix:SegmentationNetworkDomainConnectionPolicy": "providers.aviatrix.segmentation.policy",
    "aviatrix:SpokeGateway": "providers.aviatrix.gateways.spoke_gateway",
    "aviatrix:SpokeTransitAttachment": "providers.aviatrix.attachment",
    "aviatrix:TransitExternalDeviceConn": "providers.aviatrix.external_connection",
    "aviatrix:TransitFirenetPolicy": "providers.aviatrix.firenet.policy",
    "aviatrix:TransitGateway": "providers.aviatrix.gateways.transit_gateway",
    "aviatrix:TransitGatewayPeering": "providers.aviatrix.peering",
    "aviatrix:TransitGatewaySettings": "providers.aviatrix.gateways.settings",
    "konnect:CloudGatewayAddon": "providers.konnect.cloud_gateways.addon",
    "konnect:CloudGatewayConfiguration": "providers.konnect.cloud_gateways.configuration",
    "konnect:CloudGatewayCustomDomain": "providers.konnect.cloud_gateways.custom_domain",
    "konnect:CloudGatewayNetwork": "providers.konnect.cloud_gateways.network",
    "konnect:CloudGatewayPrivateDns": "providers.konnect.cloud_gateways.private_dns",
    "konnect:CloudGatewayTransitGateway": "providers.konnect.cloud_gateways.transit_gateway",
    "konnect:Dashboard": "providers.konnect.analytics.dashboard",
    "konnect:GatewayControlPlane": "providers.konnect.control_planes.control_plane",
    "konnect:GatewayControlPlaneMembership": (
        "providers.konnect.control_planes.control_plane_membership"
    ),
    "konnect:GatewayDataPlaneClientCertificate": (
        "providers.konnect.control_planes.data_plane_client_certificate"
    ),
    "konnect:GatewayDependents": "providers.konnect.control_planes.dependents",
    "konnect:GatewayAcl": "providers.konnect.core_entities.acl",
    "konnect:GatewayBasicAuth": "providers.konnect.core_entities.basic_auth",
    "konnect:GatewayCaCertificate": "providers.konnect.core_entities.ca_certificate",
    "konnect:GatewayCertificate": "providers.konnect.core_entities.certificate",
    "konnect:GatewayConfigStore": "providers.konnect.core_entities.config_store",
    "konnect:GatewayConfigStoreSecret": "providers.konnect.core_entities.config_store_secret",
    "konnect:GatewayConsumer": "providers.konnect.core_entities.consumer",
    "konnect:GatewayConsumerGroup": "providers.konnect.core_entities.consumer_group",
    "konnect:GatewayConsumerGroupMember": "providers.konnect.core_entities.consumer_group_member",
    "konnect:GatewayCustomPluginSchema": "providers.konnect.core_entities.custom_plugin_schema",
    "konnect:GatewayCustomPluginStreaming": (
        "providers.konnect.core_entities.custom_plugin_streaming"
    ),
    "konnect:GatewayHmacAuth": "providers.konnect.core_entities.hmac_auth",
    "konnect:GatewayJwt": "providers.konnect.core_entities.jwt",
    "konnect:GatewayKey": "providers.konnect.core_entities.key",
    "konnect:GatewayKeyAuth": "providers.konnect.core_entities.key_auth",
    "konnect:GatewayKeySet": "providers.konnect.core_entities.key_set",
    "konnect:GatewayMtlsAuth": "providers.konnect.core_entities.mtls_auth",
    "konnect:GatewayOriginSecret": "providers.konnect.control_planes.origin_secret",
    "konnect:GatewayPartial": "providers.konnect.core_entities.partial",
    "konnect:GatewayPlugin": "providers.konnect.core_entities.plugin",
    "konnect:GatewayRoute": "providers.konnect.core_entities.route",
    "konnect:GatewayService": "providers.konnect.core_entities.service",
    "konnect:GatewaySni": "providers.konnect.core_entities.sni",
    "konnect:GatewayTarget": "providers.konnect.core_entities.target",
    "konnect:GatewayUpstream": "providers.konnect.core_entities.upstream",
    "konnect:GatewayVault": "providers.konnect.core_entities.vault",
    "konnect:ServerlessCloudGateway": "providers.konnect.cloud_gateways.serverless",
    "konnect:SystemAccount": "providers.konnect.identity.system_account",
    "konnect:SystemAccountAccessToken": "providers.konnect.identity.system_account_access_token",
    "konnect:SystemAccountRole": "providers.konnect.identity.system_account_role",
    "konnect:SystemAccountTeam": "providers.konnect.identity.system_account_team",
    "multicloudgateway:FabricRecord": "providers.keys.fabric_record",
    "multicloudgateway:PresharedKey": "providers.keys.preshared_key",
}
"""Type of the resource -> module of its provider class, which is named `<type>Provider`."""


OWN_PACKAGES = {
    "providers": "base/crud.py",
    "components": "gateway/gateway.py",
    "stacks": "contract.py",
}
"""Packages of this project whose names others may use too, each with a file that only ours has."""


def provider(kind: str) -> Any:
    """Create the provider of a resource type, such as `konnect:CloudGatewayNetwork`.

    Raises LookupError for a type that this release does not know: a newer release wrote the state.
    Raises ImportError when Python finds another project's package under a name that this project
    uses.
    """
    import importlib

    module = MODULES.get(kind)
    if module is None:
        raise LookupError(
            f"state holds a resource of type {kind}, which this release of multicloud-gateway does "
            "not have: use the release that wrote the state, or a newer one"
        )
    require_own_packages()
    return getattr(importlib.import_module(module), kind.rpartition(":")[2] + "Provider")()


def require_own_packages() -> None:
    """Check that Python finds this project's packages and not others with the same names.

    Raises ImportError with one line, which names the other package and the remedy.
    """
    import importlib.util
    from pathlib import Path

    for name, file in OWN_PACKAGES.items():
        spec = importlib.util.find_spec(name)
        places = list(spec.submodule_search_locations or [spec.origin or "?"]) if spec else []
        if any(Path(place, file).is_file() for place in places):
            continue
        found = f"finds another one in {places[0]}" if places else "finds none"
        raise ImportError(
            f"multicloud-gateway needs its own package {name!r}, and Python {found}: rename the "
            "other package, or keep it out of the folder of the program"
        )
