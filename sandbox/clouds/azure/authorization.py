"""Custom roles and role assignments, and what a principal may do at a scope.

A custom role belongs to the directory: its name and its GUID are unique in all subscriptions, and
it can be assigned in those of its assignable scopes. An assignment cannot be updated: the provider
replaces it. The SDK sets ``principalType: User`` when the program does not set
``ServicePrincipal``, and Azure refuses a type that is not the principal's.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from fnmatch import fnmatchcase

from sandbox.accounts import (
    CUSTOMER_AZURE_TENANT,
    KONG_AZURE_PRINCIPAL,
    KONG_AZURE_SUBSCRIPTION,
)
from sandbox.clock import rfc3339
from sandbox.clouds.azure.cloud import AUTHORIZATION, AZURE, arm_type
from sandbox.clouds.azure.names import same_name, valid_guid
from sandbox.clouds.declare import Call, Error, name_of
from sandbox.clouds.inputs import Input, OnDelete, blocks, ref, text, text_set
from sandbox.clouds.rules import unique
from sandbox.clouds.wire import Values
from sandbox.clouds.world import World
from sandbox.store import Found

PRINCIPALS = {KONG_AZURE_PRINCIPAL: "ServicePrincipal"}
"""The principals in the customer's directory: object id -> type."""

BUILT_IN: dict[str, list[Values]] = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": [{"actions": ["*"]}],
    "b24988ac-6180-42a0-ab88-20f7382dd24c": [
        {"actions": ["*"], "notActions": ["Microsoft.Authorization/*"]}
    ],
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": [{"actions": ["*/read"]}],
    "4d97b98b-1d4f-4787-a291-c67834d212e7": [{"actions": ["Microsoft.Network/*"]}],
}
"""Owner, Contributor, Reader and Network Contributor: permissions by role id."""

_AUDIT = ("createdBy", "createdOn", "updatedBy", "updatedOn")
_ACTION_LISTS = ("actions", "notActions", "dataActions", "notDataActions")
_PRINCIPAL_TYPES = ("User", "Group", "ServicePrincipal", "ForeignGroup", "Device")


def covers(scope: str, id_: str) -> bool:
    """Whether ``scope`` is ``id_`` or a parent of it."""
    upper, lower = scope.rstrip("/").lower(), id_.lower()
    return lower == upper or lower.startswith(f"{upper}/")


def _scope(on_delete: OnDelete) -> Input:
    """The scope of a role or assignment.

    It is a resource or a group, in any subscription of the directory. Subscriptions and management
    groups are taken as existing, and resources of types that the sandbox does not model.
    """
    return ref(
        on_delete=on_delete, elsewhere=True, required=True, fixed=True, path=True, same=same_name
    )


def _created(call: Call, id_: str) -> Values:
    del id_
    now = rfc3339(call.store.clock.now())
    return {"createdOn": now, "updatedOn": now, "createdBy": "sandbox", "updatedBy": "sandbox"}


def _updated(call: Call) -> Values:
    return {"updatedOn": rfc3339(call.store.clock.now())}


_OTHER_DIRECTORY: Error = (
    "SubscriptionNotFound",
    "The subscription '{subscription}' could not be found.",
    404,
)


def _own_directory(call: Call) -> None:
    """A rule: the scope is in the customer's directory. Kong's subscription is in another."""
    subscription = AZURE.tenant_of_id(call.values["scope"], call.tenant)
    if subscription == KONG_AZURE_SUBSCRIPTION:
        raise call.error(_OTHER_DIRECTORY, subscription=subscription)


# Custom roles


def _scoped(call: Call) -> None:
    """A rule: a custom role can be assigned somewhere."""
    if not call.values.get("assignableScopes"):
        said = "Role definition {it} must have at least one assignable scope."
        raise call.error(("MissingAssignableScopes", said))


_SAME_NAME: Error = (
    "RoleDefinitionWithSameNameExists",
    "A custom role with the same name already exists in this directory. Use a different name "
    "('{roleName}' is {by}).",
    409,
)
_SAME_GUID: Error = (
    "RoleDefinitionExists",
    "The role definition ID '{it_name}' exists in this directory already: {by}.",
    409,
)


def _new_guid(call: Call) -> None:
    """A rule: no other subscription of the directory has a role of this GUID."""
    id_ = ROLE_DEFINITION.id(call)
    other = _custom_role(call.world, id_)
    if other is not None and not same_name(other.id, id_):
        raise call.error(_SAME_GUID, by=other.id)


ROLE_DEFINITION = arm_type(
    AUTHORIZATION,
    "RoleDefinition",
    {
        "scope": _scope("keep"),
        "roleName": text(same=same_name),
        "roleType": text(),
        "description": text(),
        "assignableScopes": text_set(same=same_name),
        "permissions": blocks(dict.fromkeys(_ACTION_LISTS, text_set(same=same_name))),
    },
    kind="Microsoft.Authorization/roleDefinitions",
    version="2022-05-01-preview",
    named="roleDefinitionId",
    generated=True,
    # Azure keeps a custom role under the subscription, whatever the scope of the request.
    id=lambda call: (
        f"/subscriptions/{AZURE.tenant_of_id(call.values['scope'], call.tenant)}/providers"
        f"/Microsoft.Authorization/roleDefinitions/{call.values['roleDefinitionId']}"
    ),
    missing=(
        "RoleDefinitionDoesNotExist",
        "The specified role definition with ID '{name}' does not exist.",
        404,
    ),
    in_use=(
        "RoleDefinitionHasAssignments",
        "There are existing role assignments referencing role (code: {id}): {by}",
    ),
    rules=(
        valid_guid("roleDefinitionId"),
        _own_directory,
        unique("roleName", error=_SAME_NAME),
        _new_guid,
        _scoped,
    ),
    outputs=_AUDIT,
    made=_created,
    changed=_updated,
    visible=lambda world, found: True,
)


def _custom_role(world: World, id_: str) -> Found | None:
    """A custom role by its id. Only the GUID counts; the scope before it may be any."""
    for found in world.every(ROLE_DEFINITION):
        if same_name(name_of(found.id), name_of(id_)):
            return found
    return None


def _definition(world: World, id_: str) -> Values:
    """A role by its id, built in or custom; empty without one."""
    guid = name_of(id_).lower()
    if guid in BUILT_IN:
        return {"permissions": BUILT_IN[guid], "assignableScopes": ["/"]}
    custom = _custom_role(world, id_)
    return {} if custom is None else custom.body


# Assignments


def _assignable(call: Call) -> None:
    """A rule: the scope is among those where the role can be assigned."""
    scope = call.values["scope"]
    scopes = _definition(call.world, call.values["roleDefinitionId"]).get("assignableScopes", [])
    if not any(covers(allowed, scope) for allowed in scopes):
        said = (
            "The role assignment scope '{scope}' must match assignable scope specified in role "
            "definition: {scopes}."
        )
        code = "RoleAssignmentScopeNotAssignableToRoleDefinition"
        raise call.error((code, said), scope=scope, scopes=scopes)


def _principal(call: Call) -> None:
    """A rule: the principal is in the directory, and has the given type."""
    principal, given = call.values["principalId"], call.values.get("principalType", "User")
    known = PRINCIPALS.get(principal.lower())
    if known is None:
        said = (
            "Principal {principal} does not exist in the directory {directory}. Check that you "
            "have the correct principal ID."
        )
        facts = {"principal": principal, "directory": CUSTOMER_AZURE_TENANT}
        raise call.error(("PrincipalNotFound", said), **facts)
    if known != given:
        said = (
            "The PrincipalId '{principal}' has type '{known}', which is different from specified "
            "PrincipalType '{given}'."
        )
        facts = {"principal": principal, "known": known, "given": given}
        raise call.error(("UnmatchedPrincipalType", said), **facts)


def _once(call: Call) -> None:
    """A rule: a principal has a role once at a scope."""
    role, id_ = name_of(call.values["roleDefinitionId"]), ROLE_ASSIGNMENT.id(call)
    for other in _assignments(call.world, call.values["scope"]):
        if same_name(other.id, id_):
            continue
        same = same_name(other.body["_scope"], call.values["scope"]) and same_name(
            other.body["principalId"], call.values["principalId"]
        )
        if same and same_name(name_of(other.body["roleDefinitionId"]), role):
            said = (
                "The role assignment already exists. The ID of the existing role assignment is "
                "{name}."
            )
            raise call.error(("RoleAssignmentExists", said, 409), id=other.id)


def _assignments(world: World, scope: str) -> Iterator[Found]:
    """The role assignments in the subscription of a scope."""
    yield from world.of(AZURE.tenant_of_id(scope, world.tenant)).every(ROLE_ASSIGNMENT)


def _role(call: Call, value: str) -> str:
    """The id under which the role of this GUID is stored."""
    found = _custom_role(call.world, value)
    return value if found is None else found.id


ROLE_ASSIGNMENT = arm_type(
    AUTHORIZATION,
    "RoleAssignment",
    {
        "scope": _scope("cascade"),
        "principalId": text(required=True, fixed=True, same=same_name),
        "roleDefinitionId": ref(
            ROLE_DEFINITION,
            find=_role,
            elsewhere=True,
            names_object=lambda call, value: name_of(value).lower() not in BUILT_IN,
            required=True,
            fixed=True,
            same=same_name,
        ),
        "principalType": text(choices=_PRINCIPAL_TYPES, fixed=True),
        "description": text(),
    },
    kind="Microsoft.Authorization/roleAssignments",
    named="roleAssignmentName",
    generated=True,
    id=lambda call: (
        f"{call.values['scope']}/providers/Microsoft.Authorization/roleAssignments/"
        f"{call.values['roleAssignmentName']}"
    ),
    rules=(valid_guid("roleAssignmentName"), _own_directory, _assignable, _principal, _once),
    outputs=_AUDIT,
    made=_created,
    changed=_updated,
)


# Permissions


def missing_actions(world: World, principal: str, scope: str, wanted: list[str]) -> list[str]:
    """The actions in ``wanted`` that ``principal`` has no permission for at ``scope``."""
    held = list(_permissions(world, principal, scope))
    return [
        action
        for action in wanted
        if not any(
            _matches(permission.get("actions", []), action)
            and not _matches(permission.get("notActions", []), action)
            for permission in held
        )
    ]


def _permissions(world: World, principal: str, scope: str) -> Iterator[Values]:
    """The permissions of a principal at ``scope``, from assignments there or at a parent."""
    for found in _assignments(world, scope):
        body = found.body
        if same_name(body["principalId"], principal) and covers(body["_scope"], scope):
            yield from _definition(world, body["roleDefinitionId"]).get("permissions", [])


def _matches(patterns: list[str], action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


@AZURE.function("azure-native:authorization:getClientConfig")
def _client_config(call: Call) -> Values:
    """The subscription of the provider that asks, its directory and its principal."""
    return {
        "clientId": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        "objectId": str(uuid.uuid5(uuid.NAMESPACE_OID, "sandbox operator")),
        "subscriptionId": call.tenant,
        "tenantId": CUSTOMER_AZURE_TENANT,
    }
