"""Makes gateways serve only requests that come through an edge of ours.

The edge adds a secret header to each request, and a global plugin on each control plane refuses a
request without it. So it works for APIs that other teams add, too.

Why a ``pre-function``: it runs before authentication and rate limits, it can refuse what lacks a
header, and it is available on Dedicated Cloud Gateways. ``request-termination`` acts only when a
header is present. Headers of routes would have to be written by each team. ``ip-restriction``
judges the address after real-IP processing, and other customers of the same edge have the same
ranges.

Two limits. Kong runs only the most specific instance of a plugin: a ``pre-function`` on a service
or a route replaces the lock there, so such a function has to make the check itself. And the value
is plain text in Konnect: vault references do not work in serverless functions. Source: Kong,
"Plugin precedence", "pre-function".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components.component import Component
from components.entry.base import HEALTH_PATH, ORIGIN_HEADER
from providers import konnect

HEADER: Final = ORIGIN_HEADER
"""The header with the secret. The gateway does not pass it on to upstreams."""
PLUGIN: Final = "pre-function"


@dataclass(frozen=True)
class OriginLockArgs:
    """The lock of the control planes behind one edge."""

    control_plane_ids: Mapping[str, pulumi.Input[str]]
    """By key: ``main``, ``aws``. The keys are in resource names."""
    generations: Sequence[int] = (1,)
    """The secrets that the gateways accept, by number; one or two. The edge sends the first.

    To rotate 1 to 2, write ``(1, 2)``, then ``(2, 1)``, then ``(2,)``, and run an update each
    time. Gateways accept the secret that the edge sends at every moment.
    """
    locked: bool = True
    """Whether gateways ask for a secret. False: the plugins are there and disabled, so that an edge
    can be put in front of clients before the gateways refuse who does not come through it."""
    open_paths: Sequence[str] = (HEALTH_PATH,)
    """Paths that need no header: those that health checks ask for, which cannot send one."""


class OriginLock(Component):
    """A secret, and on each control plane a global plugin that asks for it.

    Raises ValueError for no generation, more than two, or one twice.
    """

    header: str
    """The name of the header."""
    secret: pulumi.Output[str]
    """The value that the edge sends, a Pulumi secret. Known once the gateways accept it."""

    def __init__(
        self, name: str, args: OriginLockArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("OriginLock", name, args, opts)
        if not 1 <= len(set(args.generations)) == len(args.generations) <= 2:
            raise ValueError(
                f"{name}: generations {list(args.generations)} of the origin secret must be one "
                "or two different numbers, the first of which the edge sends"
            )
        # In order of their number, so that a change of the order changes no plugin.
        accepted = {
            number: konnect.GatewayOriginSecret(
                f"{name}-secret-{number}", generation=number, opts=self.child()
            )
            for number in sorted(args.generations)
        }
        code = pulumi.Output.all(*[one.value for one in accepted.values()]).apply(
            lambda values: lock_code(values, args.open_paths)
        )
        plugins = [
            konnect.GatewayPlugin(
                f"{name}-{key}",
                control_plane_id=plane,
                name=PLUGIN,
                instance_name=name,
                enabled=args.locked,
                config={"access": [pulumi.Output.secret(code)]},
                opts=self.child(),
            )
            for key, plane in args.control_plane_ids.items()
        ]
        self.header = HEADER
        self.secret = pulumi.Output.secret(
            pulumi.Output.all(
                accepted[args.generations[0]].value, *[plugin.id for plugin in plugins]
            ).apply(lambda known: str(known[0]))
        )
        self.register_outputs({"header": self.header})


def lock_name(gateway: str) -> str:
    """The name of a gateway's lock, and of the instance of its plugin on each control plane."""
    return f"{gateway}-origin-lock"


def lock_code(secrets: Iterable[str], open_paths: Iterable[str]) -> str:
    """The Lua code that refuses a request without one of the secrets, with status 403.

    ``secrets`` are hexadecimal digits, so they need no escapes in Lua. It drops the header before
    the request goes on to the upstream.
    """
    wrong = " and ".join(f'given ~= "{secret}"' for secret in secrets)
    paths = " and ".join(f"path ~= {_lua_text(path)}" for path in open_paths)
    return "\n".join(
        [
            f'local given = kong.request.get_header("{HEADER}")',
            "local path = kong.request.get_path()",
            f"if {' and '.join(filter(None, [paths, wrong]))} then",
            '  return kong.response.exit(403, { message = "Use the public name of this API" })',
            "end",
            f'kong.service.request.clear_header("{HEADER}")',
        ]
    )


def _lua_text(text: str) -> str:
    """A Lua string. Raises ValueError for a character that would need an escape."""
    if not text.isprintable() or any(character in text for character in '"\\'):
        raise ValueError(f"path {text!r} has a quote, a backslash or a control character")
    return f'"{text}"'
