"""key-auth: asks for an API key in a header, the query or the body, and finds its consumer.

Source: https://developer.konghq.com/plugins/key-auth/, and for messages and headers Kong's own
handler (``kong/plugins/key-auth/handler.lua`` in https://github.com/Kong/kong).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.data_plane.bodies import body_fields, set_body, without_field
from sandbox.data_plane.consumers import authenticate, find_consumer
from sandbox.data_plane.exchange import Answer, Exchange, answer_json, refused
from sandbox.store import Body

NAME = "key-auth"
PRIORITY = 1250
FIELDS = frozenset(
    {
        "anonymous",
        "hide_credentials",
        "key_in_body",
        "key_in_header",
        "key_in_query",
        "key_names",
        "realm",
        "run_on_preflight",
    }
)


class Refusal(Exception):
    """The request has no key, or a wrong one. The message is for the client."""


async def access(x: Exchange, config: Body) -> Answer | None:
    """Authenticate the request. Status 401 without a valid key and without ``anonymous``."""
    if x.method == "OPTIONS" and not config["run_on_preflight"]:
        return None
    anonymous = config.get("anonymous")
    if anonymous and x.credential:
        return None
    try:
        credential = _credential(x, _key(x, config))
    except Refusal as refusal:
        if not anonymous:
            return _unauthorized(config, str(refusal))
        consumer = find_consumer(x.node, str(anonymous))
        if consumer is None:
            message = f"anonymous consumer {anonymous} is configured but doesn't exist"
            return answer_json(500, {"message": message})
        authenticate(x, consumer, None)
        return None
    consumer = find_consumer(x.node, credential["consumer"]["id"])
    if consumer is None:
        return _unauthorized(config, "Unauthorized")
    authenticate(x, consumer, credential)
    return None


def _unauthorized(config: Body, message: str) -> Answer:
    realm = config.get("realm")
    return refused(401, message, WWW_Authenticate=f'Key realm="{realm}"' if realm else "Key")


def _key(x: Exchange, config: Body) -> str:
    """The key of the request. Raises Refusal for none, and for two with one name."""
    fields = body_fields(x.headers, x.body) if config["key_in_body"] else {}
    for name in config["key_names"]:
        values = _values(x, config, name, fields)
        if len(values) > 1 or (values and isinstance(values[0], list)):
            raise Refusal("Duplicate API key found")
        if values and isinstance(values[0], str):
            if config["hide_credentials"]:
                _hide(x, config, name)
            if values[0]:
                return values[0]
            break
    raise Refusal("No API key found in request")


def _values(
    x: Exchange, config: Body, name: str, fields: Mapping[str, Sequence[Any]]
) -> Sequence[Any]:
    """The values of a name in the first place that has any: header, query, body."""
    if config["key_in_header"] and (found := x.headers.get_list(name)):
        return found
    if config["key_in_query"] and (found := [value for key, value in x.query if key == name]):
        return found
    return fields.get(name, ())


def _hide(x: Exchange, config: Body, name: str) -> None:
    """Take the key out of the request that goes on to the upstream."""
    x.query = [pair for pair in x.query if pair[0] != name]
    x.headers.pop(name, None)
    if config["key_in_body"] and x.body:
        body = without_field(x.headers, x.body, name)
        if body is None:
            x.unsupported.append(f"{NAME}.hide_credentials")
        else:
            set_body(x, body)


def _credential(x: Exchange, key: str) -> Body:
    """The credential with a key. Raises Refusal if there is none."""
    for credential in x.node.entities("key-auths"):
        if credential["key"] == key:
            if credential.get("ttl"):
                # Konnect's dates are simulated and traffic's are real, so keys do not expire.
                x.unsupported.append(f"{NAME}.ttl")
            return credential
    raise Refusal("Unauthorized")
