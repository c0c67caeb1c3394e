"""VPC endpoints of Gateway Load Balancers.

The endpoint service belongs to the owner of the firewalls and is not modelled: its name only has
the right form and the region of the endpoint. An endpoint has one subnet. A route names it as its
target (AWS, "Access virtual appliances through AWS PrivateLink").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.clouds.aws.cloud import aws, new_id
from sandbox.clouds.aws.vpc import SUBNET, VPC
from sandbox.clouds.declare import Call
from sandbox.clouds.inputs import Failure, ref, refs, text
from sandbox.clouds.rules import all_within
from sandbox.clouds.wire import Values

_SERVICE = re.compile(r"com\.amazonaws\.vpce\.(?P<region>[a-z0-9-]+)\.vpce-svc-[0-9a-f]{8,17}")
_TYPE = "GatewayLoadBalancer"


def _modelled(inputs: Values) -> Iterator[Failure]:
    kind = inputs.get("vpcEndpointType", "Gateway")
    if kind != _TYPE:
        yield "vpcEndpointType", f"the sandbox models the type {_TYPE}, not {kind}"


def _one_subnet(call: Call) -> None:
    """A rule: an endpoint of a Gateway Load Balancer is in one subnet."""
    if len(call.values.get("subnetIds", [])) != 1:
        said = "A Gateway Load Balancer endpoint must have exactly one subnet"
        raise call.error(("InvalidParameter", said))


def _service(call: Call) -> None:
    """A rule: the name is one of an endpoint service in the region."""
    name = call.values.get("serviceName", "")
    match = _SERVICE.fullmatch(name)
    if match is None or match["region"] != call.place:
        said = "The Vpc Endpoint Service '{name}' does not exist"
        raise call.error(("InvalidServiceName", said), name=name)


VPC_ENDPOINT = aws(
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    {
        "vpcId": ref(VPC, required=True, fixed=True),
        "serviceName": text(fixed=True),
        "vpcEndpointType": text(default="Gateway", fixed=True),
        "subnetIds": refs(SUBNET, computed=True),
    },
    id="vpce",
    action="EC2: CreateVpcEndpoint",
    updates="EC2: ModifyVpcEndpoint",
    deletes="EC2: DeleteVpcEndpoints",
    arn_of="ec2:vpc-endpoint",
    owned=True,
    missing=("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{id}' does not exist"),
    in_use=("InvalidParameter", "Endpoint must be removed from route table before deletion ({by})"),
    checks=(_modelled,),
    rules=(
        _service,
        _one_subnet,
        all_within("subnetIds", "vpcId", SUBNET.missing),
    ),
    outputs=("networkInterfaceIds", "requesterManaged", "state"),
    made=lambda call, id_: {
        "networkInterfaceIds": [new_id(call.store, "eni")],
        "requesterManaged": False,
        "state": "available",
    },
)
