"""The rules of the pack, one per module. A rule's name is its module's name in kebab case."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_policy import Policy

from policies.rules import (
    cloud_hub_no_default_route,
    cloud_kong_principals_only,
    cloud_landing_no_public_ingress,
    cloud_resource_required_tags,
    cloud_stack_monthly_cost,
    gateway_service_reachable,
    konnect_addon_cache_supported,
    konnect_ai_route_prompt_guard,
    konnect_ai_route_token_quota,
    konnect_configuration_autopilot,
    konnect_configuration_minimum_version,
    konnect_configuration_one_per_control_plane,
    konnect_configuration_private_access,
    konnect_custom_domain_caa,
    konnect_gateway_cache_in_every_region,
    konnect_gateway_protected,
    konnect_gateway_regions_per_cloud,
    konnect_ip_restriction_client_address,
    konnect_network_availability_zones,
    konnect_network_cidr_size,
    konnect_network_no_overlap,
    konnect_object_required_labels,
    konnect_partial_redis_reachable,
    konnect_plugin_cache_local,
    konnect_route_authentication,
    konnect_route_rate_limit,
    konnect_secret_referenced,
    konnect_tls_verification,
)

RULES: Sequence[Policy] = (
    cloud_hub_no_default_route.policy,
    cloud_kong_principals_only.policy,
    cloud_landing_no_public_ingress.policy,
    cloud_resource_required_tags.policy,
    cloud_stack_monthly_cost.policy,
    gateway_service_reachable.policy,
    konnect_addon_cache_supported.policy,
    konnect_ai_route_prompt_guard.policy,
    konnect_ai_route_token_quota.policy,
    konnect_configuration_autopilot.policy,
    konnect_configuration_minimum_version.policy,
    konnect_configuration_one_per_control_plane.policy,
    konnect_configuration_private_access.policy,
    konnect_custom_domain_caa.policy,
    konnect_gateway_cache_in_every_region.policy,
    konnect_gateway_protected.policy,
    konnect_gateway_regions_per_cloud.policy,
    konnect_ip_restriction_client_address.policy,
    konnect_network_availability_zones.policy,
    konnect_network_cidr_size.policy,
    konnect_network_no_overlap.policy,
    konnect_object_required_labels.policy,
    konnect_partial_redis_reachable.policy,
    konnect_plugin_cache_local.policy,
    konnect_route_authentication.policy,
    konnect_route_rate_limit.policy,
    konnect_secret_referenced.policy,
    konnect_tls_verification.policy,
)
"""All rules, sorted by name."""
