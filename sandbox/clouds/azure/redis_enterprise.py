"""Azure Managed Redis: clusters, their one database, its keys and its Entra users.

Geo-replication, modules, persistence and keys of the customer's are not modelled.

Source: Microsoft, "Azure Managed Redis" (planning, architecture, private link) and the REST API
``Microsoft.Cache/redisEnterprise`` 2025-07-01. Codes that it does not document are ``BadRequest``.
"""

from __future__ import annotations

import base64
import hashlib
import re

from sandbox.clouds.azure.cloud import AZURE, NOT_FOUND, Module, azure, holders
from sandbox.clouds.azure.names import GUID, place, same_name
from sandbox.clouds.declare import Call, CloudError, Rule
from sandbox.clouds.inputs import block, text, text_set, whole
from sandbox.clouds.wire import Values

REDIS = Module("redisenterprise", "Microsoft.Cache", "2025-07-01")
_SECONDS = 600.0
"""How long a new cluster takes, in simulated seconds. Microsoft documents no number."""
_DATABASE_SECONDS = 120.0
PORT = 10000
SWITCH = ("Enabled", "Disabled")
_NAME = re.compile(r"(?!.*--)[A-Za-z0-9][A-Za-z0-9-]{0,59}(?<!-)")
_SIZES = {
    "Balanced_B": (0, 1, 3, 5, 10, 20, 50, 100, 150, 250, 350, 500, 700, 1000),
    "MemoryOptimized_M": (10, 20, 50, 100, 150, 250, 350, 500, 700, 1000, 1500, 2000),
    "ComputeOptimized_X": (3, 5, 10, 20, 50, 100, 150, 250, 350, 500, 700),
    "FlashOptimized_A": (250, 500, 700, 1000, 1500, 2000, 4500),
}
_SKUS = {f"{series}{size}": size for series, sizes in _SIZES.items() for size in sizes}
"""SKU -> the number in its name, about its GB of memory. Source: ``SkuName`` of the REST API."""
_UNCLUSTERED_GB = 25


def _refused(call: Call, said: str) -> CloudError:
    return call.error(("BadRequest", "{said}"), said=said)


def _well_named(prop: str) -> Rule:
    """A rule: a name of 1 to 60 letters, digits and single hyphens between them."""

    def rule(call: Call) -> None:
        if not _NAME.fullmatch(call.values[prop]):
            said = f"The cluster name '{call.values[prop]}' is not valid: it is 1 to 60 letters, "
            raise _refused(
                call, f"{said}digits and hyphens, and no hyphen is first, last or double."
            )

    return rule


def _host(call: Call) -> str:
    location = str(place(call)).replace(" ", "").lower()
    return f"{call.values['clusterName']}.{location}.redis.azure.net".lower()


def _free_host(call: Call) -> None:
    """A rule: no other cluster of the subscription has the host name.

    In Azure none of any subscription has.
    """
    for other in call.world.every(CLUSTER):
        if other.body["hostName"] == _host(call) and not same_name(other.id, CLUSTER.id(call)):
            raise call.error(
                ("NameNotAvailable", "The name {host} is taken.", 409), host=_host(call)
            )


def _good_sku(call: Call) -> None:
    """A rule: the SKU is one of Azure Managed Redis, which has no capacity of its own."""
    sku = call.values["sku"]
    if sku["name"] not in _SKUS:
        raise _refused(call, f"The SKU '{sku['name']}' is not one of Azure Managed Redis.")
    if "capacity" in sku:
        raise _refused(call, f"The SKU '{sku['name']}' takes no capacity.")


CLUSTER = azure(
    REDIS,
    "RedisEnterprise",
    {
        "sku": block({"name": text(required=True), "capacity": whole()}, required=True),
        "publicNetworkAccess": text(required=True, choices=SWITCH),
        "highAvailability": text(choices=SWITCH, computed=True),
        "minimumTlsVersion": text(choices=("1.0", "1.1", "1.2"), computed=True),
        "zones": text_set(fixed=True),
    },
    kind="redisEnterprise",
    named="clusterName",
    longest=60,
    well_named=_well_named,
    common=("provisioningState",),
    seconds=_SECONDS,
    ready={"resourceState": "Running"},
    rules=(_good_sku, _free_host),
    outputs=("hostName", "kind", "redisVersion", "redundancyMode", "resourceState"),
    made=lambda call, id_: {
        "highAvailability": call.values.get("highAvailability", "Enabled"),
        "minimumTlsVersion": call.values.get("minimumTlsVersion", "1.2"),
        "hostName": _host(call),
        "kind": "v2",
        "redisVersion": "7.4",
        "redundancyMode": "ZR" if call.values.get("highAvailability") != "Disabled" else "None",
        "resourceState": "Creating",
    },
)


def _good_database(call: Call) -> None:
    """A rule: a cluster has one database, with a policy that its size permits."""
    name = call.values["databaseName"]
    if name != "default":
        raise _refused(call, f"The database name '{name}' is not valid: it must be 'default'.")
    sku = call.found["clusterName"][0].body["sku"]["name"]
    if call.values.get("clusteringPolicy") == "NoCluster" and _SKUS[sku] > _UNCLUSTERED_GB:
        said = f"The clustering policy NoCluster is for 25 GB at most, and the SKU is '{sku}'."
        raise _refused(call, said)


def _defaults(call: Call) -> Values:
    """The settings of a database, with Azure's defaults."""
    defaults = {
        "accessKeysAuthentication": "Disabled",
        "clientProtocol": "Encrypted",
        "clusteringPolicy": "OSSCluster",
        "evictionPolicy": "VolatileLRU",
        "port": PORT,
    }
    return {name: call.values.get(name, value) for name, value in defaults.items()}


def _key(call: Call, which: str) -> str:
    seed = f"{DATABASE.id(call)} {which} {call.store.serial('azure:redis key')}"
    return base64.b64encode(hashlib.sha256(seed.encode()).digest()).decode()


def _keeps_policy(old: str, new: str) -> bool:
    """Whether a change of the clustering policy needs a new database."""
    del new
    return old != "NoCluster"


DATABASE = azure(
    REDIS,
    "Database",
    {
        "accessKeysAuthentication": text(choices=SWITCH, computed=True),
        "clientProtocol": text(choices=("Encrypted", "Plaintext"), computed=True),
        "clusteringPolicy": text(
            choices=("EnterpriseCluster", "OSSCluster", "NoCluster"),
            computed=True,
            fixed=_keeps_policy,
        ),
        "evictionPolicy": text(
            choices=(
                "AllKeysLFU",
                "AllKeysLRU",
                "AllKeysRandom",
                "VolatileLRU",
                "VolatileLFU",
                "VolatileTTL",
                "VolatileRandom",
                "NoEviction",
            ),
            computed=True,
        ),
        "port": whole(computed=True, fixed=True, between=(10000, 10049)),
    },
    parent=CLUSTER,
    kind="databases",
    named="databaseName",
    common=("provisioningState",),
    seconds=_DATABASE_SECONDS,
    ready={"resourceState": "Running"},
    rules=(_good_database,),
    outputs=("redisVersion", "resourceState"),
    made=lambda call, id_: {
        **_defaults(call),
        "redisVersion": "7.4",
        "resourceState": "Creating",
        "_primaryKey": _key(call, "primary"),
        "_secondaryKey": _key(call, "secondary"),
    },
    changed=_defaults,
)


@AZURE.function("azure-native:redisenterprise:listDatabaseKeys")
def _list_keys(call: Call) -> Values:
    """The two keys of a database."""
    id_ = DATABASE.id(call)
    database = call.world.find(DATABASE, id_)
    if database is None:
        raise call.error(NOT_FOUND, id=id_)
    return {which: database.body[f"_{which}"] for which in ("primaryKey", "secondaryKey")}


def _one_of_a_user(call: Call) -> None:
    """A rule: a user has one assignment, and is an object of the directory."""
    user = call.values["user"].get("objectId", "")
    if not GUID.fullmatch(user):
        raise _refused(call, f"The object id '{user}' is not valid: it must be a GUID.")
    it = ASSIGNMENT.id(call)
    for other in holders(call, call.found["databaseName"][0], ASSIGNMENT):
        if same_name(other.body["user"]["objectId"], user) and not same_name(other.id, it):
            raise call.error(
                ("Conflict", "The user has the assignment {id} already.", 409), id=other.id
            )


ASSIGNMENT = azure(
    REDIS,
    "AccessPolicyAssignment",
    {
        "accessPolicyName": text(required=True, choices=("default",), fixed=True),
        "user": block({"objectId": text()}, required=True, fixed=True),
    },
    parent=DATABASE,
    kind="accessPolicyAssignments",
    named="accessPolicyAssignmentName",
    common=("provisioningState",),
    rules=(_one_of_a_user,),
)
