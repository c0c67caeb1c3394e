"""Roles that a project grants: one member of one role.

The provider's configuration does not fill in the project. Conditions are not modelled. Google
accepts a grant that exists already; here it is refused, because the deletion of either of the two
resources would take the role away from both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.clouds.declare import Call, Error
from sandbox.clouds.gcp.cloud import gcp
from sandbox.clouds.inputs import Failure, text
from sandbox.clouds.world import World

_ROLE = re.compile(r"(?:(?:projects|organizations)/[^/]+/)?roles/[\w.]+")
_BAD_ROLE: Error = ("badRequest", "Role {role} is not supported for this resource.")
_BAD_MEMBER: Error = ("badRequest", "Request contains an invalid argument.")
_EVERYONE = ("allUsers", "allAuthenticatedUsers")
"""Members that a project's policy does not take (`projects.setIamPolicy`)."""


def _good_member(at: str, value: str) -> Iterator[Failure]:
    if not re.search(".+:.+", value) and value not in _EVERYONE:
        yield at, f"invalid value for {at} (IAM members must have a type, such as user:{value})"


def _good_grant(call: Call) -> None:
    """A rule: the role is named by its full name, and the member is not everyone."""
    if not _ROLE.fullmatch(call.values["role"]):
        raise call.error(_BAD_ROLE, role=call.values["role"])
    if call.values["member"] in _EVERYONE:
        raise call.error(_BAD_MEMBER)


IAM_MEMBER = gcp(
    "gcp:projects/iAMMember:IAMMember",
    {
        "project": text(required=True, fixed=True),
        "role": text(required=True, fixed=True),
        "member": text(required=True, fixed=True, form=_good_member),
    },
    id=lambda call: f"{call.tenant}/{call.values['role']}/{call.values['member']}",
    named=False,
    in_project=False,
    rules=(_good_grant,),
    outputs=("etag",),
    made=lambda call: {"etag": f"Bw{call.store.serial('gcp:etag'):010x}="},
)


def has_role(world: World, role: str, member: str) -> bool:
    """Whether the project of ``world`` grants a role to a member."""
    return any(world.every(IAM_MEMBER, role=role, member=member))
