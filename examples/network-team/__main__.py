"""The networks of an environment: one module per cloud, and the contract for gateways."""

from __future__ import annotations

import pulumi

from multicloudgateway import Network, NetworkContract


def kept(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Protect a resource: a destroy must stop before its first step, or traffic stops with it."""
    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
    return pulumi.ResourceTransformResult(args.props, opts)


pulumi.runtime.register_resource_transform(kept)
config = pulumi.Config()
tags = config.require_object("tags")
networks: dict[str, Network] = {}

# Each cloud's SDK takes seconds to load, so only those in use are.
if wanted := config.get_object("aws"):
    from in_aws import vpc_on_a_hub

    networks[f"aws-{wanted['region']}"] = vpc_on_a_hub(**wanted, tags=tags)
if wanted := config.get_object("azure"):
    from in_azure import vnet

    networks[f"azure-{wanted['region']}"] = vnet(**wanted, tags=tags)
if wanted := config.get_object("gcp"):
    from in_gcp import vpc_network

    networks[f"gcp-{wanted['region']}"] = vpc_network(**wanted)

NetworkContract(contract=NetworkContract.VERSION, networks=networks).export()
