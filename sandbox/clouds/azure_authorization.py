"""Custom roles and role assignments, and what a principal may do at a scope.

Role names are unique in a tenant, not in a subscription. An assignment cannot be updated: the
provider replaces it. The SDK sets ``principalType: User`` when the program does not set
``ServicePrincipal``, and Azure refuses a type that is not the principal's.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from sandbox.accounts import CUSTOMER_AZURE_TENANT, KONG_AZURE_PRINCIPAL
from sandbox.clock import rfc3339
from sandbox.clouds import tokens
from sandbox.clouds.azure_common import CLOUD, azure_type, get, name_of, refuse, subscription
from sandbox.clouds.inputs import blocks, text, texts
from sandbox.clouds.model import Call, Create, ResourceType
from sandbox.clouds.wire import Values
from sandbox.store import Store

PRINCIPALS = {KONG_AZURE_PRINCIPAL: "ServicePrincipal"}
"""The principals in the tenant: object id -> type."""

BUILT_IN: dict[str, list[Values]] = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": [{"actions": ["*"]}],
    "b24988ac-6180-42a0-ab88-20f7382dd24c": [
        {"actions": ["*"], "notActions": ["Microsoft.Authorization/*"]}
    ],
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": [{"actions": ["*/read"]}],
    "4d97b98b-1d4f-4787-a291-c67834d212e7": [{"actions": ["Microsoft.Network/*"]}],
}
"""Owner, Contributor, Reader and Network Contributor: permissions by role id."""


def _definition(store: Store, id_: str) -> Values | None:
    """A role by its id. Only the GUID counts; the scope before it may be any."""
    guid = name_of(id_)
    if guid in BUILT_IN:
        return {"permissions": BUILT_IN[guid], "assignableScopes": ["/"]}
    for definition_id, body in store.list(CLOUD, tokens.ROLE_DEFINITION):
        if name_of(definition_id) == guid:
            return body
    return None


def covers(scope: str, id_: str) -> bool:
    """Whether ``scope`` is ``id_`` or a parent of it. Azure ignores the case of ids."""
    upper, lower = scope.rstrip("/").lower(), id_.lower()
    return lower == upper or lower.startswith(f"{upper}/")


def _stamp(store: Store) -> Values:
    now = rfc3339(store.clock.now())
    return {"createdOn": now, "updatedOn": now, "createdBy": "sandbox", "updatedBy": "sandbox"}


def _name_or_refuse(call: Call, id_: str, inputs: Values) -> None:
    for other_id, other in call.store.list(CLOUD, tokens.ROLE_DEFINITION):
        if other_id != id_ and other.get("roleName") == inputs.get("roleName"):
            raise refuse(
                409,
                "RoleDefinitionWithSameNameExists",
                "A custom role with the same name already exists in this directory. Use a "
                f"different name ({inputs.get('roleName')!r} is {other_id}).",
            )
    if not inputs.get("assignableScopes"):
        message = f"Role definition {id_} must have at least one assignable scope."
        raise refuse(400, "MissingAssignableScopes", message)


def _create_definition(call: Call, inputs: Values) -> tuple[str, Values]:
    # Azure stores a custom role under the subscription, whatever the scope of the request.
    id_ = (
        f"/subscriptions/{subscription(call)}/providers/Microsoft.Authorization"
        f"/roleDefinitions/{inputs['roleDefinitionId']}"
    )
    _name_or_refuse(call, id_, inputs)
    return id_, {**_stamp(call.store), "type": "Microsoft.Authorization/roleDefinitions"}


def _update_definition(call: Call, id_: str, body: Values, inputs: Values) -> Values:
    del body
    _name_or_refuse(call, id_, inputs)
    return {"updatedOn": rfc3339(call.store.clock.now())}


def _delete_definition(call: Call, id_: str, body: Values) -> None:
    del body
    for assignment_id, assignment in call.store.list(CLOUD, tokens.ROLE_ASSIGNMENT):
        if name_of(assignment["roleDefinitionId"]) == name_of(id_):
            raise refuse(
                400,
                "RoleDefinitionHasAssignments",
                f"There are existing role assignments referencing role (code: {id_}): "
                f"{assignment_id}",
            )


def _scope_or_refuse(store: Store, scope: str) -> None:
    """Refuse a resource or group that does not exist. Wider scopes are taken as existing."""
    kinds = {
        "/virtualNetworks/": tokens.VNET,
        "/virtualHubs/": tokens.VIRTUAL_HUB,
        "/virtualWans/": tokens.VIRTUAL_WAN,
    }
    for segment, token in kinds.items():
        if segment in scope and scope.count("/") == 8 and get(store, token, scope) is None:
            message = f"The Resource '{scope}' was not found."
            raise refuse(404, "ResourceNotFound", message)
    if scope.count("/") == 4 and get(store, tokens.RESOURCE_GROUP, scope) is None:
        message = f"Resource group '{name_of(scope)}' could not be found."
        raise refuse(404, "ResourceGroupNotFound", message)


def _principal_or_refuse(inputs: Values) -> None:
    principal, given = inputs["principalId"], inputs.get("principalType", "User")
    known = PRINCIPALS.get(principal)
    if known is None:
        raise refuse(
            400,
            "PrincipalNotFound",
            f"Principal {principal} does not exist in the directory {CUSTOMER_AZURE_TENANT}. "
            "Check that you have the correct principal ID.",
        )
    if known != given:
        raise refuse(
            400,
            "UnmatchedPrincipalType",
            f"The PrincipalId '{principal}' has type '{known}', which is different from "
            f"specified PrincipalType '{given}'.",
        )


def _create_assignment(call: Call, inputs: Values) -> tuple[str, Values]:
    scope, role = inputs["scope"], inputs["roleDefinitionId"]
    _scope_or_refuse(call.store, scope)
    definition = _definition(call.store, role)
    if definition is None:
        message = f"The specified role definition with ID '{name_of(role)}' does not exist."
        raise refuse(404, "RoleDefinitionDoesNotExist", message)
    if not any(covers(allowed, scope) for allowed in definition["assignableScopes"]):
        raise refuse(
            400,
            "RoleAssignmentScopeNotAssignableToRoleDefinition",
            f"The role assignment scope '{scope}' must match assignable scope specified in role "
            f"definition: {definition['assignableScopes']}.",
        )
    _principal_or_refuse(inputs)
    id_ = (
        f"{scope}/providers/Microsoft.Authorization/roleAssignments/{inputs['roleAssignmentName']}"
    )
    for other_id, other in call.store.list(CLOUD, tokens.ROLE_ASSIGNMENT):
        same = other["_scope"] == scope and other["principalId"] == inputs["principalId"]
        if same and name_of(other["roleDefinitionId"]) == name_of(role):
            raise refuse(
                409,
                "RoleAssignmentExists",
                "The role assignment already exists. The ID of the existing role assignment is "
                f"{name_of(other_id)}.",
            )
    return id_, _stamp(call.store)


def _actions(store: Store, principal: str, scope: str) -> Iterator[Values]:
    """The permissions of a principal at ``scope``, from assignments there or at a parent."""
    for _, assignment in store.list(CLOUD, tokens.ROLE_ASSIGNMENT):
        if assignment["principalId"] == principal and covers(assignment["_scope"], scope):
            definition = _definition(store, assignment["roleDefinitionId"])
            yield from (definition or {}).get("permissions", [])


def _matches(patterns: list[str], action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def missing_actions(store: Store, principal: str, scope: str, wanted: list[str]) -> list[str]:
    """The actions in ``wanted`` that ``principal`` has no permission for at ``scope``."""
    held = list(_actions(store, principal, scope))
    return [
        action
        for action in wanted
        if not any(
            _matches(permission.get("actions", []), action)
            and not _matches(permission.get("notActions", []), action)
            for permission in held
        )
    ]


def _with_guid(type_: ResourceType, prop: str) -> ResourceType:
    """Let the provider generate a GUID when the name of a role or assignment is left out."""
    create: Create = type_.create

    def created(call: Call, inputs: Values) -> tuple[str, Values]:
        try:
            uuid.UUID(inputs[prop])
        except ValueError as error:
            message = f"The {prop} '{inputs[prop]}' is not valid: it must be a GUID."
            raise refuse(400, f"Invalid{prop[0].upper()}{prop[1:]}", message) from error
        return create(call, inputs)

    rule = type_.autoname
    assert rule is not None
    return replace(type_, create=created, autoname=replace(rule, guid=True))


def _client_config(call: Call, args: Values) -> Values:
    del args
    return {
        "clientId": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        "objectId": str(uuid.uuid5(uuid.NAMESPACE_OID, "sandbox operator")),
        "subscriptionId": subscription(call),
        "tenantId": CUSTOMER_AZURE_TENANT,
    }


_AUDIT = ("createdBy", "createdOn", "updatedBy", "updatedOn")
_ACTION_LISTS = ("actions", "notActions", "dataActions", "notDataActions")
_FIXED: dict[str, Any] = {"required": True, "replace": True}
_PRINCIPAL_TYPES = ("User", "Group", "ServicePrincipal", "ForeignGroup", "Device")

TYPES = (
    _with_guid(
        azure_type(
            tokens.ROLE_DEFINITION,
            {
                "scope": text(path=True, **_FIXED),
                "roleName": text(),
                "roleType": text(),
                "description": text(),
                "assignableScopes": texts(unordered=True),
                "permissions": blocks(dict.fromkeys(_ACTION_LISTS, texts(unordered=True))),
            },
            _AUDIT,
            _create_definition,
            named="roleDefinitionId",
            update=_update_definition,
            delete=_delete_definition,
        ),
        "roleDefinitionId",
    ),
    _with_guid(
        azure_type(
            tokens.ROLE_ASSIGNMENT,
            {
                "scope": text(path=True, **_FIXED),
                "principalId": text(**_FIXED),
                "roleDefinitionId": text(**_FIXED),
                "principalType": text(choices=_PRINCIPAL_TYPES, replace=True),
                "description": text(),
            },
            _AUDIT,
            _create_assignment,
            named="roleAssignmentName",
        ),
        "roleAssignmentName",
    ),
)

INVOKES = {"azure-native:authorization:getClientConfig": _client_config}
