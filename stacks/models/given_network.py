"""The ids of a customer network that exists, by cloud.

They are what ``stacks.networks`` has of a network, without what an id already contains: the name,
the group and the account in an Azure id, the project in a GCP id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from pydantic import Discriminator, Field, Tag

from components.regions import Cloud
from stacks.errors import Problem
from stacks.models.base import Cidr, Model

Zone = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,62}$")]


class AwsHubIds(Model):
    """A Transit Gateway that the VPC is attached to. With a single table, write it for both."""

    transit_gateway_arn: Annotated[
        str,
        Field(
            pattern=r"^arn:aws[a-z-]*:ec2:[a-z0-9-]+:\d{12}:transit-gateway/tgw-[0-9a-f]+$",
            examples=["arn:aws:ec2:us-east-2:111122223333:transit-gateway/tgw-0ea88b65e09daae8f"],
        ),
    ]
    """ARN of the Transit Gateway, which contains its account and id."""
    gateway_route_table_id: Annotated[
        str, Field(pattern=r"^tgw-rtb-[0-9a-f]+$", examples=["tgw-rtb-00b612bf740884f56"])
    ]
    """The hub's table of gateways: they are associated with it, the VPC propagates to it."""
    spoke_route_table_id: Annotated[
        str, Field(pattern=r"^tgw-rtb-[0-9a-f]+$", examples=["tgw-rtb-05d25f5fd64895dab"])
    ]
    """The hub's table of the VPC: it is associated with it, gateways propagate to it."""
    vpc_attachment_id: Annotated[
        str, Field(pattern=r"^tgw-attach-[0-9a-f]+$", examples=["tgw-attach-07226362644819b97"])
    ]
    """The VPC's attachment to the hub."""


class AwsNetworkIds(Model):
    """A VPC."""

    vpc_id: Annotated[str, Field(pattern=r"^vpc-[0-9a-f]+$", examples=["vpc-0b807ff08e2cbdb01"])]
    """Id of the VPC."""
    account: Annotated[str, Field(pattern=r"^\d{12}$", examples=["111122223333"])]
    """Id of the account that owns the VPC, quoted."""
    route_table_ids: Annotated[
        dict[
            Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")],
            Annotated[str, Field(pattern=r"^rtb-[0-9a-f]+$")],
        ],
        Field(examples=[{"workload": "rtb-020b3e1fb75bad56b"}]),
    ] = {}
    """Route tables of the VPC that get a route to the gateway, by names that never change. A
    resource-endpoint needs none."""
    subnet_ids: Annotated[
        dict[Zone, Annotated[str, Field(pattern=r"^subnet-[0-9a-f]+$")]],
        Field(examples=[{"use2-az1": "subnet-0ae32356bb9b2d9fe"}]),
    ] = {}
    """A subnet in each zone, by zone id. A resource-endpoint needs one in a zone of the gateway
    network."""
    hub: Annotated[
        AwsHubIds | None,
        Field(
            examples=[
                {
                    "transit_gateway_arn": "arn:aws:ec2:us-east-2:111122223333:transit-gateway/"
                    "tgw-0ea88b65e09daae8f",
                    "gateway_route_table_id": "tgw-rtb-00b612bf740884f56",
                    "spoke_route_table_id": "tgw-rtb-05d25f5fd64895dab",
                    "vpc_attachment_id": "tgw-attach-07226362644819b97",
                }
            ]
        ),
    ] = None
    """The Transit Gateway that the VPC is attached to. Only a transit-gateway link needs it."""


class AzureNetworkIds(Model):
    """A VNet, with the network security group of the subnets that the gateway calls."""

    vnet_id: Annotated[
        str,
        Field(
            pattern=r"^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network/"
            r"virtualNetworks/[^/]+$",
            examples=[
                "/subscriptions/0f39574d-d756-48cf-b622-0e27a6943bd2/resourceGroups/network/"
                "providers/Microsoft.Network/virtualNetworks/eastus2"
            ],
        ),
    ]
    """Resource id of the VNet."""
    network_security_group_name: Annotated[str, Field(min_length=1, examples=["workload"])]
    """Name of the network security group, which is in the VNet's resource group."""
    workload_cidr: Annotated[Cidr, Field(examples=["10.81.0.0/17"])]
    """Block of the subnets behind the security group."""
    security_rule_priority: Annotated[int, Field(ge=100, le=4093, examples=[200])] = 100
    """Priority of the first of up to four rules for the gateway, 100 to 4093."""


class GcpNetworkIds(Model):
    """A VPC network."""

    id: Annotated[
        str,
        Field(
            pattern=r"^projects/[^/]+/global/networks/[^/]+$",
            examples=["projects/acme-network/global/networks/shared"],
        ),
    ]
    """``projects/<project>/global/networks/<name>``."""


STACK: Final = "<stack>"
FORMS: Final[Mapping[str, type[Model]]] = {
    "<aws>": AwsNetworkIds,
    "<azure>": AzureNetworkIds,
    "<gcp>": GcpNetworkIds,
}
"""The models of a network's ids, by the name of their form: a cloud in angle brackets."""


def form_of(value: object) -> str | None:
    """The form of ``landing.network``: that of a stack, or of the ids whose keys it has."""
    if isinstance(value, str):
        return STACK
    for form, model in FORMS.items():
        if isinstance(value, model):
            return form
        if isinstance(value, Mapping) and not model.model_fields.keys().isdisjoint(value):
            return form
    return None


StackName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){2}$")]
NetworkIds = AwsNetworkIds | AzureNetworkIds | GcpNetworkIds
GivenNetworkSettings = Annotated[
    Annotated[StackName, Tag(STACK)]
    | Annotated[AwsNetworkIds, Tag("<aws>")]
    | Annotated[AzureNetworkIds, Tag("<azure>")]
    | Annotated[GcpNetworkIds, Tag("<gcp>")],
    Discriminator(
        form_of,
        custom_error_type="network",
        custom_error_message="is neither the name of a stack nor the ids of a network",
    ),
]


def other_cloud_problems(cloud: Cloud, network: str | NetworkIds | None) -> Iterator[Problem]:
    """The ids of a network that is in another cloud than its region."""
    form = form_of(network)
    if form in (None, STACK, f"<{cloud}>"):
        return
    wrong = f"has the ids of a network in {str(form).strip('<>')}, and the region is in {cloud}"
    fields = FORMS[f"<{cloud}>"].model_fields
    needed = ", ".join(name for name, field in fields.items() if field.is_required())
    assert not isinstance(network, str | None)
    value = network.model_dump(mode="json", exclude_unset=True)
    remedy = f"write the ids of a network in {cloud}: {needed}"
    yield Problem(("network",), wrong, remedy, value)
