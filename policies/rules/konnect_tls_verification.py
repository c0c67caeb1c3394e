"""TLS connections from a gateway must verify certificates: to upstreams, to Redis, from plugins.

A service without ``tls_verify`` uses the default of the nodes, which does not verify. A Redis
without ``ssl_verify`` is verified from gateway version 3.14 on, but not before.
Source: Control Planes Config API, ``tls_verify``; plugin schemas 3.13 and 3.15, ``ssl_verify``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pulumi_policy import ResourceValidationArgs, Severity
from pulumi_policy.proxy import UnknownValueError

from policies import types
from policies.rule import Config, Unknowns, resource_rule
from policies.values import leaves

_VERIFY: Final = ("ssl_verify", "tls_verify", "https_verify", "https_verify_certificate")
_TLS: Final = frozenset({"https", "grpcs", "tls", "wss"})
_WITH_TLS_IN_THEM: Final = frozenset(
    {"cache", "client", "cluster_cache_redis", "config", "healthchecks", "pgvector", "redis"}
    | {"proof_of_possession_mtls_from_header", "active", "vectordb"}
)
"""Parts of a config that hold TLS settings. If one is unknown, it may disable verification."""


def _check(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    unknowns = Unknowns()
    written = dict(leaves(args.props))
    for path, value in written.items():
        last = path[-1]
        verifies = last.endswith(_VERIFY)
        if isinstance(value, UnknownValueError):
            if verifies or last in _WITH_TLS_IN_THEM:
                unknowns.errors.append((args.name, value))
        elif verifies and value is False and written.get((*path[:-1], "ssl")) is not False:
            yield f"{'.'.join(path)} is false, so the certificate of the server is not verified"
    if config["require_written"]:
        yield from _unwritten(args.resource_type, written)
    unknowns.raise_if_any()


def _unwritten(type_: str, written: dict[tuple[str, ...], Any]) -> Iterator[str]:
    if type_ == types.SERVICE and written.get(("protocol",)) in _TLS:
        yield from _lacking(written, ("tls_verify",))
    for path, value in written.items():
        if path[-1] == "ssl" and value is True:
            yield from _lacking(written, (*path[:-1], "ssl_verify"))


def _lacking(written: dict[tuple[str, ...], Any], path: tuple[str, ...]) -> Iterator[str]:
    if written.get(path) is None:
        yield f"{'.'.join(path)} is not set, and Kong does not verify by default"


policy = resource_rule(
    "konnect-tls-verification",
    "What the gateway calls over TLS is verified.",
    [types.SERVICE, types.UPSTREAM, types.PLUGIN, types.PARTIAL],
    _check,
    severity=Severity.HIGH,
    remedy="Write true, and give a service with a CA of your own its ca_certificates.",
    config={
        "require_written": {
            "type": "boolean",
            "default": False,
            "description": "Whether TLS services and Redis must say that they are verified.",
        }
    },
)
