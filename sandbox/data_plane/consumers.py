"""Consumers of a request: who it is from, and the groups that they are in.

Source: https://developer.konghq.com/plugins/key-auth/ ("Upstream headers").
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.data_plane.exchange import Exchange, Node
from sandbox.store import Body


def find_consumer(node: Node, name: str) -> Body | None:
    """The consumer with an id, or else with a username."""
    consumers = node.entities("consumers")
    for field in ("id", "username"):
        for consumer in consumers:
            if consumer.get(field) == name:
                return consumer
    return None


def groups_of(node: Node, consumer: Body) -> Sequence[Body]:
    """The consumer groups that a consumer is in."""
    ids = {
        member["consumer_group_id"]
        for member in node.entities("consumer_group_members")
        if member["consumer_id"] == consumer["id"]
    }
    return [group for group in node.entities("consumer_groups") if group["id"] in ids]


def acl_groups_of(node: Node, consumer: Body) -> Sequence[str]:
    """The names of the ACL groups that a consumer is in."""
    return [
        str(acl["group"])
        for acl in node.entities("acls")
        if (acl.get("consumer") or {}).get("id") == consumer["id"]
    ]


def authenticate(x: Exchange, consumer: Body, credential: Body | None) -> None:
    """Set whom the request is from, and tell the upstream in headers.

    Without a credential the consumer is an anonymous one.
    """
    x.consumer, x.credential = consumer, credential
    x.consumer_groups = groups_of(x.node, consumer)
    known = {
        "X-Consumer-ID": consumer["id"],
        "X-Consumer-Custom-ID": consumer.get("custom_id"),
        "X-Consumer-Username": consumer.get("username"),
        "X-Credential-Identifier": credential["id"] if credential else None,
        "X-Anonymous-Consumer": None if credential else "true",
    }
    for name, value in known.items():
        x.headers.pop(name, None)
        if value is not None:
            x.headers[name] = str(value)
