"""RAM resource shares: which resources are shared, and with which accounts.

The customer's accounts are one AWS organisation with resource sharing switched on. So a share
between them needs no invitation. Kong's account is outside: a share accepts it only with
``allowExternalPrincipals``. Konnect needs one share per network and one resource per share, so the
same transit gateway may be in several shares.
"""

from __future__ import annotations

import re
import uuid

from sandbox.accounts import KONG_AWS_ACCOUNT
from sandbox.clouds.aws.cloud import aws
from sandbox.clouds.declare import Autoname, Call, Error, name_of
from sandbox.clouds.inputs import flag, ref, text, text_set
from sandbox.clouds.world import World
from sandbox.store import Found

_ASSOCIATE = "RAM: AssociateResourceShare"
_DISASSOCIATE = "RAM: DisassociateResourceShare"
_ACCOUNT = re.compile(r"(?:^|arn:aws:(?:iam|organizations)::)(\d{12})(?:$|:)")
_ORGANISATION = re.compile(r"arn:aws:organizations::\d{12}:(?:organization|ou)/.+")
_RESOURCE_MISSING: Error = (
    "UnknownResourceException",
    "The resource {value} could not be found.",
)
_TWICE: Error = ("InvalidParameterException", "The association {id} already exists.")


def is_shared(world: World, found: Found) -> bool:
    """Whether the owner of an object shares it with the account of ``world``."""
    owner = world.of(found.tenant, found.place)
    return any(
        _includes(principal["principal"], world.tenant)
        for _, held in owner.where(RAM_RESOURCE, resourceArn=found.body["arn"])
        for _, principal in owner.where(RAM_PRINCIPAL, resourceShareArn=held["resourceShareArn"])
    )


def _includes(principal: str, account: str) -> bool:
    """Whether a principal is the account, is in it, or is an organisation that has it."""
    if _ORGANISATION.fullmatch(principal):
        return account != KONG_AWS_ACCOUNT
    named = _ACCOUNT.match(principal)
    return named is not None and named.group(1) == account


def _check_principal(call: Call, principal: str, *, external: bool) -> None:
    """Refuse a malformed principal, and Kong's account unless ``external`` ones are allowed."""
    if not _ACCOUNT.match(principal):
        said = "Principal ID {principal} is malformed. Verify the ID and try again."
        raise call.error(("InvalidParameterException", said), principal=principal)
    if _includes(principal, KONG_AWS_ACCOUNT) and not external:
        said = (
            "Principal {principal} is not in your AWS organization. You do not have permission to "
            "add external AWS accounts to a resource share."
        )
        raise call.error(("OperationNotPermittedException", said), principal=principal)


def _keeps_principals(call: Call) -> None:
    """Refuse to close a share to external accounts while it has one."""
    for _, held in call.world.where(RAM_PRINCIPAL, resourceShareArn=call.id):
        external = call.values["allowExternalPrincipals"]
        _check_principal(call, held["principal"], external=external)


def _share_arn(call: Call) -> str:
    unique = uuid.uuid5(uuid.NAMESPACE_OID, f"ram:{call.store.serial('aws:ram')}")
    return f"arn:aws:ram:{call.place}:{call.tenant}:resource-share/{unique}"


RAM_SHARE = aws(
    "aws:ram/resourceShare:ResourceShare",
    {
        "name": text(),
        "allowExternalPrincipals": flag(default=False),
        "permissionArns": text_set(fixed=True, computed=True),
    },
    id=_share_arn,
    action="RAM: CreateResourceShare",
    updates="RAM: UpdateResourceShare",
    autoname=Autoname("name"),
    missing=("UnknownResourceException", "ResourceShare {id} could not be found."),
    rules=(_keeps_principals,),
    outputs=("arn",),
    made=lambda call, id_: {"arn": id_},
)


def _can_be_shared(call: Call, arn: str) -> bool:
    """Whether an ARN is of a kind that is shared, in the account and region of the request."""
    account = f"{call.place}:{call.tenant}"
    return arn.startswith(
        (
            f"arn:aws:ec2:{account}:transit-gateway/",
            f"arn:aws:vpc-lattice:{account}:resourceconfiguration/",
        )
    )


def _check_resource(call: Call) -> None:
    """Refuse an ARN that can not be shared. An account shares what it owns only."""
    arn = call.values["resourceArn"]
    if not _can_be_shared(call, arn):
        said = "The specified resource ARN {arn} is not valid. Verify the ARN and try again."
        raise call.error(("MalformedArnException", said), arn=arn)
    if call.target("resourceArn")["arn"] != arn:
        raise call.error(_RESOURCE_MISSING, value=arn)


RAM_RESOURCE = aws(
    "aws:ram/resourceAssociation:ResourceAssociation",
    {
        "resourceArn": ref(
            "aws:ec2transitgateway/transitGateway:TransitGateway",
            "aws:vpclattice/resourceConfiguration:ResourceConfiguration",
            required=True,
            fixed=True,
            on_delete="cascade",
            find=lambda call, arn: name_of(arn),
            names_object=_can_be_shared,
            missing=_RESOURCE_MISSING,
        ),
        "resourceShareArn": ref(RAM_SHARE, required=True, fixed=True, on_delete="cascade"),
    },
    id=lambda call: f"{call.values['resourceShareArn']},{call.values['resourceArn']}",
    action=_ASSOCIATE,
    deletes=_DISASSOCIATE,
    tagged=False,
    taken=_TWICE,
    rules=(_check_resource,),
)


def _check_admission(call: Call) -> None:
    external = call.target("resourceShareArn")["allowExternalPrincipals"]
    _check_principal(call, call.values["principal"], external=external)


RAM_PRINCIPAL = aws(
    "aws:ram/principalAssociation:PrincipalAssociation",
    {
        "principal": text(required=True, fixed=True),
        "resourceShareArn": ref(RAM_SHARE, required=True, fixed=True, on_delete="cascade"),
    },
    id=lambda call: f"{call.values['resourceShareArn']},{call.values['principal']}",
    action=_ASSOCIATE,
    deletes=_DISASSOCIATE,
    tagged=False,
    taken=_TWICE,
    rules=(_check_admission,),
)
