"""Who and where a provider is: the functions ``getCallerIdentity`` and ``getRegion``."""

from __future__ import annotations

from sandbox.clouds.aws.cloud import AWS, assumed_role
from sandbox.clouds.declare import Call
from sandbox.clouds.wire import Values


@AWS.function("aws:index/getCallerIdentity:getCallerIdentity")
def _caller_identity(call: Call) -> Values:
    """The account of the provider: that of its last role, otherwise the ambient user's."""
    role = assumed_role(call.config)
    caller = {"accountId": call.tenant, "id": call.tenant}
    if role is None:
        arn = f"arn:aws:iam::{call.tenant}:user/gateway"
        return {**caller, "arn": arn, "userId": "AIDASANDBOXGATEWAY"}
    session = role.session or "sandbox"
    return {
        **caller,
        "arn": f"arn:aws:sts::{call.tenant}:assumed-role/{role.name}/{session}",
        "userId": f"AROASANDBOXGATEWAY:{session}",
    }


@AWS.function("aws:index/getRegion:getRegion")
def _region(call: Call) -> Values:
    """The region that the arguments name, otherwise the provider's."""
    return {
        "region": call.place,
        "name": call.place,
        "id": call.place,
        "endpoint": f"ec2.{call.place}.amazonaws.com",
        "description": call.place,
    }
