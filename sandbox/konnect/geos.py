"""Konnect's geos, and which of them a request is about.

Real Konnect has a host for each geo. Here a host whose first label is a geo
(``eu.localhost``) decides; otherwise the geo of the token, if it was issued for one
(``python -m sandbox token --geo eu``). With neither, a request is about every geo, so that
one base URL and one token reach everything.
"""

from __future__ import annotations

from typing import Literal

Geo = Literal["us", "eu", "au", "me", "in", "sg"]
GEOS = ("us", "eu", "au", "me", "in", "sg")


def of_host(host: bytes) -> str | None:
    """The geo that a Host header names, or None."""
    label = host.decode("latin-1").split(".", 1)[0]
    return label if label in GEOS else None
