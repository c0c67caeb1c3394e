"""Where clients reach an API: the URLs of its routes under the names of a region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.api.model import Route


def urls(
    hostnames: Sequence[str], routes: Mapping[str, Route], templates: Mapping[str, str]
) -> list[str]:
    """The URLs of all routes, each once. A route with ``hosts`` is reached under these only.

    ``templates`` has the paths of routes with regular expressions. Other regular expressions, and
    hosts with ``*``, are in no URL.
    """
    found: dict[str, None] = {}
    for hostname in hostnames:
        for key, route in routes.items():
            paths = [templates[key]] if key in templates else route.paths or ["/"]
            hosts = [one for one in route.hosts if "*" not in one] if route.hosts else [hostname]
            for host in hosts:
                for path in paths:
                    if not path.startswith("~"):
                        found[f"{_scheme(route)}://{host}{path}"] = None
    return list(found)


def _scheme(route: Route) -> str:
    """``https``, unless the route takes http only."""
    return "http" if route.protocols is not None and "https" not in route.protocols else "https"
