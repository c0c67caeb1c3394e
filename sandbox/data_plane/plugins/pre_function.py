"""pre-function: the lock that refuses requests which did not come through an edge.

The sandbox runs no Lua. It plays one function: the one with which a platform lets its gateways
serve only requests that have a secret header. Other functions are named as not played.

Source: https://developer.konghq.com/plugins/pre-function/.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.data_plane.exchange import Answer, Exchange, answer_json
from sandbox.store import Body

NAME = "pre-function"
PRIORITY = 1000000
FIELDS = frozenset({"access"})

_LOCK = re.compile(
    r'local given = kong\.request\.get_header\("(?P<header>[A-Za-z0-9-]+)"\)\n'
    r"local path = kong\.request\.get_path\(\)\n"
    r"if (?P<conditions>[^\n]+) then\n"
    r"  return kong\.response\.exit\((?P<status>\d{3}), "
    r'\{ message = "(?P<message>[^"\\\n]*)" \}\)\n'
    r"end\n"
    r'kong\.service\.request\.clear_header\("(?P=header)"\)\s*'
)
_CONDITION = re.compile(r'(?P<name>given|path) ~= "(?P<value>[^"\\]*)"')


@dataclass(frozen=True)
class Lock:
    """The function's header, the values that pass, and the paths that need none."""

    header: str
    secrets: Sequence[str]
    open_paths: Sequence[str]
    status: int
    message: str


def lock_of(code: str) -> Lock | None:
    """The lock that Lua code is, or None for other code."""
    found = _LOCK.fullmatch(code)
    if found is None:
        return None
    values: dict[str, list[str]] = {"given": [], "path": []}
    for condition in found["conditions"].split(" and "):
        one = _CONDITION.fullmatch(condition)
        if one is None:
            return None
        values[one["name"]].append(one["value"])
    status = int(found["status"])
    return Lock(found["header"], values["given"], values["path"], status, found["message"])


async def access(x: Exchange, config: Body) -> Answer | None:
    """Refuse a request without the secret. Take the secret out of one that has it."""
    for code in config["access"]:
        lock = lock_of(code)
        if lock is None:
            x.unsupported.append(f"{NAME}.access")
            continue
        given = x.headers.get(lock.header)
        if given not in lock.secrets and (x.client_path or x.path) not in lock.open_paths:
            return answer_json(lock.status, {"message": lock.message})
        x.headers.pop(lock.header, None)
    return None
