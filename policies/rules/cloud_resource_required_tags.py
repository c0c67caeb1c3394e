"""Every resource in the clouds carries the tags that tell whose it is and what it is for.

A bill knows nothing else. A missing tag with a value in the configuration is written at level
`remediate`; other levels report it. Resources that cloud bills never list have no place here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulumi_policy import ResourceValidationArgs, Severity

from policies.rule import Config, resource_rule
from policies.tags import REQUIRED, completed, missing, required

_TAGS_IN: Final = {
    "aws:ec2/internetGateway:InternetGateway": "tags",
    "aws:ec2/routeTable:RouteTable": "tags",
    "aws:ec2/securityGroup:SecurityGroup": "tags",
    "aws:ec2/subnet:Subnet": "tags",
    "aws:ec2/vpc:Vpc": "tags",
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "tags",
    "aws:ec2transitgateway/routeTable:RouteTable": "tags",
    "aws:ec2transitgateway/transitGateway:TransitGateway": "tags",
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": "tags",
    "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter": "tags",
    "aws:ram/resourceShare:ResourceShare": "tags",
    "azure-native:network:NetworkSecurityGroup": "tags",
    "azure-native:network:RouteTable": "tags",
    "azure-native:network:VirtualHub": "tags",
    "azure-native:network:VirtualNetwork": "tags",
    "azure-native:network:VirtualWan": "tags",
    "azure-native:resources:ResourceGroup": "tags",
    "gcp:redis/instance:Instance": "labels",
}
"""Type token to the property that holds tags; networks and firewalls of GCP have none."""


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    prop = _TAGS_IN[args.resource_type]
    present = args.props.get(prop) or ()
    for key in missing(present, required(config, args.resource_type), args.resource_type):
        yield f"{prop} lack {key!r}"


def _remediate(args: ResourceValidationArgs, config: Config) -> Mapping[str, Any] | None:
    prop = _TAGS_IN[args.resource_type]
    present = args.props.get(prop) or ()
    if isinstance(present, str):
        return None  # Not known yet.
    wanted = required(config, args.resource_type)
    mended: Mapping[str, Any] | None = completed(
        args.props, prop, missing(present, wanted, args.resource_type)
    )
    return mended


policy = resource_rule(
    "cloud-resource-required-tags",
    "Resources in the clouds carry the required tags.",
    _TAGS_IN,
    _check,
    severity=Severity.MEDIUM,
    remedy="Add the tag to `tags` in the stack's settings, or to the resource.",
    config={"required": REQUIRED},
    remediate=_remediate,
)
