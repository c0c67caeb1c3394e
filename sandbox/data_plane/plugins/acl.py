"""acl: lets only consumers of some groups pass, or all but those of some groups.

Source: https://developer.konghq.com/plugins/acl/, and for status codes Kong's own handler
(``kong/plugins/acl/handler.lua`` in https://github.com/Kong/kong).

``always_use_authenticated_groups`` changes nothing here: no plugin of the sandbox authenticates
groups without a consumer, and Kong then takes the groups of the consumer.
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.data_plane.consumers import acl_groups_of
from sandbox.data_plane.exchange import Answer, Exchange, refused
from sandbox.store import Body

NAME = "acl"
PRIORITY = 950
FIELDS = frozenset(
    {
        "allow",
        "always_use_authenticated_groups",
        "deny",
        "hide_groups_header",
        "include_consumer_groups",
    }
)

_FORBIDDEN = "You cannot consume this service"


async def access(x: Exchange, config: Body) -> Answer | None:
    """Status 401 for a request that nobody authenticated, 403 for a group that may not pass."""
    if x.consumer is None:
        return refused(403, _FORBIDDEN) if x.credential else refused(401, "Unauthorized")
    groups = _groups(x, x.consumer, config)
    allowed, denied = config.get("allow"), config.get("deny")
    if allowed and not set(groups) & set(allowed):
        return refused(403, _FORBIDDEN)
    if denied and set(groups) & set(denied):
        return refused(403, _FORBIDDEN)
    if not config["hide_groups_header"] and groups:
        x.headers["X-Consumer-Groups"] = ", ".join(groups)
    return None


def _groups(x: Exchange, consumer: Body, config: Body) -> Sequence[str]:
    groups = list(acl_groups_of(x.node, consumer))
    if config["include_consumer_groups"]:
        groups += [str(group["name"]) for group in x.consumer_groups]
    return groups
