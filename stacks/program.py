"""Creates the gateway of an environment from its settings, for the program and the package.

All problems of the settings are reported before the first resource is registered. So the settings
are first checked against what Konnect offers, the environment's live objects, and the networks of
other stacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.gateway import MultiCloudGateway, MultiCloudGatewayArgs
from components.governance.declarations import Scope
from providers import konnect
from stacks import exports, settings
from stacks.address_files import RecordedPlans
from stacks.address_plan import moved_problems
from stacks.arguments import gateway_args
from stacks.contract import GatewayContract
from stacks.errors import Problem, SettingsError
from stacks.given_networks import given_networks
from stacks.isolation import isolation_problems, isolation_warnings
from stacks.live import (
    Live,
    live_of,
    live_problems,
    placement,
    versions_of_all,
)
from stacks.live_attachments import account_problems, link_problems, link_warnings
from stacks.live_cache import (
    LiveCaches,
    cache_live_problems,
    cache_live_warnings,
    planes_with_own_redis,
    planes_without_redis,
)
from stacks.live_governance import (
    COLLECTIONS,
    LivePlugins,
    found_objects,
    governance_live_problems,
    governance_live_warnings,
    scopes_by_name,
)
from stacks.live_groups import deleted_groups, group_problems
from stacks.live_lock import is_locked, lock_problems
from stacks.models import Settings
from stacks.quotas import quota_needs, quota_problems
from stacks.rules.observability import environment_warnings, shared_plane_problems


@dataclass(frozen=True)
class Described:
    """An environment whose settings are valid."""

    settings: Settings
    args: MultiCloudGatewayArgs

    def contract(self, gateway: MultiCloudGateway) -> GatewayContract:
        """The contract that the environment exports for its gateway."""
        return exports.contract(gateway, self.settings.environment, self.settings.geo)


async def described(
    name: str,
    stack: str,
    document: object,
    file: str | None = None,
    plans: RecordedPlans | None = None,
    warn: Callable[[str], None] | None = None,
) -> Described:
    """Check an environment's settings, and return them with the gateway's arguments.

    ``name`` is the gateway's name. ``document`` holds the settings, as in a stack file. ``file`` is
    the name of their file in messages. ``plans`` has the stack's recorded address plan, if it has
    one. ``warn`` logs a warning, by default as it is. Raises ``pulumi.RunError`` if

    - the settings have problems (the message lists all of them),
    - the Konnect token is missing or in plain text,
    - a private key or the password of a Redis is in plain text, or
    - the settings do not fit what Konnect offers, another stack's network or the live environment.
    """
    warn = warn or pulumi.log.warn
    settings.require_secret_token(stack)
    environment = settings.load(stack, document, file, plans)
    settings.require_secret_keys(environment)
    for warning in (*settings.warnings(environment), *(plans.unreadable if plans else ())):
        warn(warning)
    for second_look in isolation_warnings(environment):
        warn(second_look.line(environment.file))
    connection = _connection(environment)
    networks = await given_networks(environment)
    objects = await konnect.get_live_objects(connection)
    live = live_of(name, environment, objects, pulumi.get_project(), stack)
    needs = quota_needs(environment, live, objects)
    plugins = await _live_plugins(connection, environment, live)
    caches = await _live_caches(name, stack, connection, environment, live, plugins)
    problems = [
        *settings.availability_problems(
            environment,
            konnect.get_availability(connection),
            versions_of_all(environment, live),
            [region.key for region in environment.regions if live.has(region)],
        ),
        *live_problems(environment, live, plans),
        *quota_problems(needs, _quotas(connection, warn) if needs else ()),
        *isolation_problems(environment, live),
        *await _attachment_problems(name, connection, environment, live, warn),
        *_lock_problems(name, environment, live, plugins),
        *governance_live_problems(name, environment, live, plugins),
        *cache_live_problems(environment, live, caches),
        *shared_plane_problems(environment, placement(environment, live)),
        *await _group_problems(stack, connection, environment, live, plugins),
        *networks.problems,
        *(moved_problems(environment, live, plans) if plans else ()),
    ]
    if problems:
        raise SettingsError(environment.file, settings.in_order(document, problems))
    for loss in (
        *governance_live_warnings(name, environment, plugins),
        *cache_live_warnings(environment, live, caches),
        *environment_warnings(environment, live.groups),
    ):
        warn(loss.line(environment.file))
    args = gateway_args(
        environment,
        networks.by_region,
        placement(environment, live),
        found_objects(environment, plugins),
        plans.own if plans else None,
    )
    return Described(environment, args)


def _connection(environment: Settings) -> konnect.Connection:
    """The connection to Konnect, by configuration or environment.

    Raises ``pulumi.RunError`` if there is no token.
    """
    configuration = pulumi.Config("konnect")
    connection = konnect.Connection.resolve(
        configuration.get("token"), configuration.get("server_url"), environment.geo.value
    )
    connection.require_token()
    return connection


def _quotas(
    connection: konnect.Connection, warn: Callable[[str], None]
) -> Sequence[konnect.ResourceQuota]:
    """The quotas of the organisation. Warns if the token may not read them."""
    try:
        return konnect.get_resource_quotas(connection)
    except konnect.ForbiddenError as error:
        warn(f"quotas are not checked: {error}")
        return ()


async def _attachment_problems(
    name: str,
    connection: konnect.Connection,
    environment: Settings,
    live: Live,
    warn: Callable[[str], None],
) -> list[Problem]:
    """Live regions that would move to another account, or change a link. Warns of deleted links."""
    ids = [network.id for several in live.networks.values() for network in several]
    attachments = await konnect.get_live_attachments(connection, ids)
    for warning in link_warnings(name, environment, live, attachments):
        warn(warning.line(environment.file))
    return [
        *account_problems(name, environment, live, attachments),
        *link_problems(name, environment, live, attachments),
    ]


async def _live_plugins(
    connection: konnect.Connection, environment: Settings, live: Live
) -> LivePlugins:
    """The plugins of the live control planes, and what declarations name of other teams."""
    keys = {plane.id: key for key, plane in live.planes.items()}
    plugins = await konnect.get_live_plugins(connection, keys)
    ids: dict[str, dict[Scope, dict[str, str]]] = {key: {} for key in keys.values()}
    for scope in scopes_by_name(environment):
        listed = await konnect.get_live_entities(connection, keys, COLLECTIONS[scope])
        for id_, entities in listed.items():
            ids[keys[id_]][scope] = {
                str(one["name"]): str(one["id"]) for one in entities if one.get("name")
            }
    return LivePlugins({keys[id_]: items for id_, items in plugins.items()}, ids)


async def _live_caches(
    name: str,
    stack: str,
    connection: konnect.Connection,
    environment: Settings,
    live: Live,
    plugins: LivePlugins,
) -> LiveCaches:
    """The partials of the control planes whose Redis the settings may delete or replace."""
    losing = planes_without_redis(environment, live) + planes_with_own_redis(environment, live)
    keys = {live.planes[key].id: key for key in losing}
    partials = await konnect.get_live_entities(connection, keys, "partials")
    listed = {keys[id_]: items for id_, items in partials.items()}
    return LiveCaches(name, pulumi.get_project(), stack, plugins, listed)


async def _group_problems(
    stack: str,
    connection: konnect.Connection,
    environment: Settings,
    live: Live,
    plugins: LivePlugins,
) -> list[Problem]:
    """Consumer groups that the settings delete while others use them."""
    keys = {plane.id: key for key, plane in live.planes.items()}
    listed = await konnect.get_live_entities(connection, keys, "consumer_groups")
    groups = {keys[id_]: items for id_, items in listed.items()}
    project = pulumi.get_project()
    deleted = deleted_groups(environment, project, stack, groups)
    consumers: dict[str, Sequence[Mapping[str, Any]]] = {}
    for plane, several in deleted.items():
        id_ = live.planes[plane].id
        for group in several:
            path = f"consumer_groups/{group['id']}/consumers"
            consumers[group["id"]] = (await konnect.get_live_entities(connection, [id_], path))[id_]
    return list(group_problems(deleted, consumers, plugins, project, stack))


def _lock_problems(
    name: str, environment: Settings, live: Live, plugins: LivePlugins
) -> list[Problem]:
    """Live gateways that would refuse their clients."""
    if not is_locked(environment):
        return []
    by_id = {live.planes[key].id: items for key, items in plugins.plugins.items()}
    return list(lock_problems(name, environment, live, by_id))


def konnect_provider(
    name: str,
    geo: str,
    opts: pulumi.ResourceOptions | None = None,
    kind: type[konnect.Provider] = konnect.Provider,
) -> konnect.Provider:
    """Create the Konnect provider, with ``konnect:token`` and ``konnect:server_url`` if set."""
    configuration = pulumi.Config("konnect")
    return kind(
        name,
        token=configuration.get_secret("token"),
        server_url=configuration.get("server_url"),
        geo=geo,
        opts=opts,
    )


def refuse_deletion_while_used(
    name: str, gateway: MultiCloudGateway, opts: pulumi.ResourceOptions
) -> None:
    """Refuse to delete a gateway while other stacks have APIs on it.

    The guard is created last, so the engine deletes it first; that deletion fails.
    """
    guarded = pulumi.ResourceOptions(depends_on=[gateway])
    konnect.GatewayDependents(
        f"{name}-dependents",
        control_plane_ids={key: p.control_plane.id for key, p in gateway.control_planes.items()},
        opts=pulumi.ResourceOptions.merge(opts, guarded),
    )
