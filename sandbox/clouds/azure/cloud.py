"""What all simulated Azure types share: subscriptions, ARM ids, parents, locations and errors.

Every ARM id begins with its subscription. The provider reads first, and refuses to create an object
that already exists. Without a location it uses that of the resource group.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.accounts import CUSTOMER_AZURE_TENANT
from sandbox.clouds.azure.names import (
    GLOBAL,
    GUID,
    LOCATIONS,
    PROVIDER,
    located,
    location,
    place,
    same_name,
    valid_group_name,
    valid_name,
)
from sandbox.clouds.declare import (
    Autoname,
    Call,
    Cloud,
    CloudError,
    Error,
    Operation,
    ResourceType,
    Rule,
    filled,
    name_of,
    no_change,
    nothing_more,
)
from sandbox.clouds.inputs import Input, OnDelete, mapping, ref, text
from sandbox.clouds.wire import Values
from sandbox.store import Found

_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
_RESOURCE = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+(?:/providers/(.+))?", re.I)


@dataclass(frozen=True)
class Module:
    """A module of the SDK, with its namespace and default version in the REST API."""

    name: str
    namespace: str
    version: str


RESOURCES = Module("resources", "Microsoft.Resources", "2024-03-01")
NETWORK = Module("network", "Microsoft.Network", "2024-05-01")
AUTHORIZATION = Module("authorization", "Microsoft.Authorization", "2022-04-01")
PRIVATE_DNS = Module("privatedns", "Microsoft.Network", "2024-06-01")
PUBLIC_DNS = Module("dns", "Microsoft.Network", "2023-07-01-preview")
CDN = Module("cdn", "Microsoft.Cdn", "2025-06-01")
FRONT_DOOR = Module("frontdoor", "Microsoft.Network", "2025-11-01")
TRAFFIC_MANAGER = Module("trafficmanager", "Microsoft.Network", "2022-04-01")


class Azure(Cloud):
    """Azure and its provider package. The tenant is the subscription; ids say it.

    ``kinds`` has the names of each type in the REST API, by token:
    ``Microsoft.Network/virtualNetworks/subnets``. All types but record sets have one.
    """

    name = "azure"
    package = "azure-native"
    version = "3.29.0"
    records_defaults = False

    def __init__(self) -> None:
        super().__init__()
        self.kinds: dict[str, tuple[str, ...]] = {}

    def tenant(self, config: Mapping[str, Any], values: Values, token: str) -> str:
        """The subscription of the provider, otherwise the ambient one.

        All subscriptions of the customer are in one directory. Raises CloudError for a provider
        of another directory.
        """
        del values, token
        directory = str(config.get("tenantId") or CUSTOMER_AZURE_TENANT)
        if not same_name(directory, CUSTOMER_AZURE_TENANT):
            said = f"AADSTS90002: Tenant '{directory}' not found. Check to make sure you have the "
            raise CloudError("AADSTS90002", f"{said}correct tenant ID.")
        given = str(config.get("subscriptionId") or "").lower()
        if given and not GUID.fullmatch(given):
            said = f"The provided subscription identifier '{given}' is malformed or invalid."
            raise _refused("InvalidSubscriptionId", said, 400)
        return self.own_tenant(given)

    def tenant_of_id(self, id_: str, tenant: str) -> str:
        """The subscription that an ARM id begins with."""
        found = _SUBSCRIPTION.match(id_)
        return tenant if found is None else found.group(1).lower()

    def types_of_id(self, id_: str) -> tuple[ResourceType, ...]:
        """The type of a resource or resource group, by its ARM id."""
        found = _RESOURCE.fullmatch(id_)
        if found is None:
            return ()
        if found.group(1) is None:
            return (RESOURCE_GROUP,)
        namespace, *parts = found.group(1).lower().split("/")
        kind = "/".join((namespace, *parts[::2]))
        return tuple(
            self.types[token]
            for token, names in self.kinds.items()
            if kind in (name.lower() for name in names)
        )

    def error(self, call: Call, error: Error, facts: Mapping[str, object]) -> CloudError:
        """``Status=400 Code="CODE" Message="TEXT"``.

        The text may have ``{it}``, the id of the object of the request, and ``{it_name}``.
        """
        type_ = self.types.get(call.token)
        it = call.id or ("" if type_ is None else type_.id(call))
        code, said, status = filled(error, {"it": it, "it_name": name_of(it), **facts})
        return CloudError(code, said) if status == PROVIDER else _refused(code, said, status)


AZURE = Azure()


def _refused(code: str, said: str, status: int) -> CloudError:
    """The error that the provider prints for a response of Azure."""
    return CloudError(code, f'Status={status} Code="{code}" Message="{said}"')


# References


REFERENCED: Error = (
    "InvalidResourceReference",
    "Resource {id} referenced by resource {it} was not found. Please make sure that the "
    "referenced resource exists, and that both resources are in the same region.",
)
"""The error for a reference ``{id: ...}`` to a missing object, or to one in another region."""


def sub_resource(type_: ResourceType, missing: Error = REFERENCED, **how: Any) -> Mapping[str, Any]:
    """The member of a reference ``{id: ...}`` to an object of a type."""
    return {"id": ref(type_, missing=missing, same=same_name, **how)}


def holders(call: Call, target: Found, type_: ResourceType) -> Iterator[Found]:
    """The objects of a type that refer to ``target``: the subnets of a network, for example."""
    for _, user in call.store.users(target):
        if user.kind == type_.token:
            yield user


# Declarations


def arm_type(
    module: Module,
    name: str,
    inputs: Mapping[str, Input],
    *,
    kind: str,
    named: str,
    id: Callable[[Call], str],
    version: str = "",
    longest: int = 80,
    digits: int = 8,
    generated: bool = False,
    typed: bool = True,
    outputs: tuple[str, ...] = (),
    made: Callable[[Call, str], Values] = nothing_more,
    **more: Any,
) -> ResourceType:
    """Declare a type whose ids ``id`` makes. Its name is the path input ``named``.

    ``kind`` is the type's name in the REST API; it is the output ``type`` unless ``typed`` is off.
    ``version`` is the API version when it is not the module's. The provider makes a missing name:
    a GUID if ``generated``, otherwise the logical name and 8 hex digits. The name of a child is the
    logical name alone: ``digits`` is 0.
    """

    with_type = {"type": kind} if typed else {}

    def all_made(call: Call, id_: str) -> Values:
        common = {"name": name_of(id_), "azureApiVersion": version or module.version}
        return {**common, **with_type, **made(call, id_)}

    token = f"azure-native:{module.name}:{name}"
    AZURE.kinds[token] = (kind,)
    return AZURE.register(
        ResourceType(
            token=token,
            inputs={named: text(fixed=True, path=True, same=same_name), **inputs},
            outputs=("name", "azureApiVersion", *with_type, *outputs),
            id=id,
            made=all_made,
            taken=("AlreadyExists", "cannot create already existing resource '{id}'", PROVIDER),
            autoname=Autoname(named, "", digits, longest, guid=generated),
            regional=False,
            **more,
        )
    )


RESOURCE_GROUP = arm_type(
    RESOURCES,
    "ResourceGroup",
    {"location": location(), "managedBy": text(fixed=True), "tags": mapping()},
    kind="Microsoft.Resources/resourceGroups",
    named="resourceGroupName",
    longest=90,
    id=lambda call: _group_id(call, call.values["resourceGroupName"]),
    missing=("ResourceGroupNotFound", "Resource group '{name}' could not be found.", 404),
    in_use=(
        "ResourceGroupDeletionBlocked",
        "Deletion of resource group '{name}' failed as resources with identifiers '{by}' could not "
        "be deleted. The provisioning state of the resource group will be rolled back. Please "
        "check audit logs for more details.",
        409,
    ),
    rules=(
        valid_group_name("resourceGroupName"),
        located("Group", "resource group", LOCATIONS),
    ),
    outputs=("properties",),
    made=lambda call, id_: {
        "location": place(call),
        "properties": {"provisioningState": "Succeeded"},
    },
)


def _group_id(call: Call, name: str) -> str:
    return f"/subscriptions/{call.tenant}/resourceGroups/{name}"


def azure(
    module: Module,
    name: str,
    inputs: Mapping[str, Input],
    *,
    parent: ResourceType | None = None,
    on_delete: OnDelete = "cascade",
    kind: str = "",
    named: str = "",
    well_named: Callable[[str], Rule] = valid_name,
    is_global: bool = False,
    has_guid: bool = False,
    common: tuple[str, ...] = ("etag", "provisioningState"),
    outputs: tuple[str, ...] = (),
    made: Callable[[Call, str], Values] = nothing_more,
    changed: Callable[[Call], Values] = no_change,
    rules: tuple[Rule, ...] = (),
    seconds: float = 0,
    ready: Mapping[str, Any] | None = None,
    **more: Any,
) -> ResourceType:
    """Declare a resource of a group, or a child of such a resource.

    A resource has a location and tags. So has a child that ``is_global``; the location of what is
    global is ``global``. ``on_delete`` says what the deletion of its ``parent`` or
    group does to it. ``kind`` is the name in the REST API, and ``named`` the input with the
    object's name: ``subnets`` and ``subnetName`` by default for ``Subnet``. ``well_named`` makes
    the rule for the name from that input. Network resources that ``has_guid`` have a GUID beside
    their id. ``common`` has those of the outputs ``etag`` and ``provisioningState`` that the type
    has. While an object takes ``seconds``, its provisioning state is ``Updating``.
    """
    word = f"{name[0].lower()}{name[1:]}"
    named = named or f"{word}Name"
    above = module.namespace if parent is None else AZURE.kinds[parent.token][0]
    whole_kind = f"{above}/{kind or f'{word}s'}"
    has_place = parent is None or is_global
    available = GLOBAL if is_global else LOCATIONS
    placed = (located("Type", f"resource type '{whole_kind}'", available),) if has_place else ()
    tracked = {"location": location(), "tags": mapping()} if has_place else {}

    def id_of(call: Call) -> str:
        if parent is not None:
            return f"{parent.id(call)}/{name_of(whole_kind)}/{call.values[named]}"
        group = _group_id(call, call.values["resourceGroupName"])
        return f"{group}/providers/{whole_kind}/{call.values[named]}"

    def all_made(call: Call, id_: str) -> Values:
        state = "Updating" if seconds else "Succeeded"
        found: Values = _these(common, {"etag": etag(call), "provisioningState": state})
        if has_place:
            found["location"] = place(call)
        if has_guid:
            found["resourceGuid"] = _new_guid(call)
        return {**found, **made(call, id_)}

    def all_changed(call: Call) -> Values:
        return {**_these(common, {"etag": etag(call)}), **changed(call)}

    return arm_type(
        module,
        name,
        {**parents(parent, on_delete, whole_kind), **tracked, **inputs},
        kind=whole_kind,
        named=named,
        digits=8 if parent is None else 0,
        id=id_of,
        outputs=(*common, *(("resourceGuid",) if has_guid else ()), *outputs),
        made=all_made,
        changed=all_changed,
        rules=(well_named(named), *placed, *rules),
        seconds=seconds,
        ready={"provisioningState": "Succeeded", **(ready or {})} if seconds else {},
        **{"missing": NOT_FOUND, "pending": _PENDING, "in_use": in_use(name), **more},
    )


def _these(names: tuple[str, ...], values: Values) -> Values:
    return {name: value for name, value in values.items() if name in names}


def parents(parent: ResourceType | None, on_delete: OnDelete, kind: str) -> dict[str, Input]:
    """The inputs with the names of the group and all parents of an object of a ``kind``."""
    path: dict[str, Any] = {"required": True, "fixed": True, "path": True, "same": same_name}
    group = ref(RESOURCE_GROUP, find=_group_id, on_delete=on_delete, **path)
    if parent is None:
        return {"resourceGroupName": group}
    said = (
        f"Failed to perform 'write' on resource(s) of type '{kind.partition('/')[2]}', because the "
        "parent resource '{id}' could not be found."
    )
    above = ref(
        parent,
        find=lambda call, _: parent.id(call),
        on_delete=on_delete,
        missing=("ParentResourceNotFound", said, 404),
        **path,
    )
    assert parent.autoname is not None
    grandparents = {
        name: spec for name, spec in parent.inputs.items() if spec.path and spec.ref is not None
    }
    return {**grandparents, "resourceGroupName": group, parent.autoname.prop: above}


NOT_FOUND: Error = ("ResourceNotFound", "The Resource '{id}' was not found.", 404)
_PENDING: Error = (
    "ReferencedResourceNotProvisioned",
    "Cannot proceed with operation because resource {id} used by resource {it} is not in Succeeded "
    "state. Resource is in Updating state.",
)


BUSY: Error = (
    "AnotherOperationInProgress",
    "Another operation on this or dependent resource is in progress.",
    409,
)
"""The error for a second operation on an object. The provider repeats such a request three times,
within 200 seconds. Operations on hubs may take longer, so here it is refused at once."""


def one_at_a_time(seconds: float) -> Operation:
    """The operations on a child of an object: while one runs, the object refuses another one."""

    def parent(call: Call) -> list[str]:
        id_ = call.id or call.world.cloud.types[call.token].id(call)
        return [id_.rsplit("/", 2)[0].lower()]

    return Operation(parent, seconds, BUSY, queued=False)


def in_use(
    name: str, said: str = "{name} {{id}} is in use by {{by}} and cannot be deleted."
) -> Error:
    """The error for the deletion of an object of the type ``name`` that others use."""
    return (f"InUse{name}CannotBeDeleted", said.format(name=name))


def etag(call: Call) -> str:
    """The etag of an object that is created or updated: each request gives another."""
    return f'W/"{call.store.serial("azure:etag"):08x}"'


def _new_guid(call: Call) -> str:
    """The next GUID. Every run gives the same ones."""
    return str(uuid.UUID(int=call.store.serial("azure:guid")))
