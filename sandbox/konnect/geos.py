"""Konnect's geos, and the geo of a request.

Konnect has one host per geo. Here the geo is the first label of the host, if that is a geo
(``eu.localhost``). Otherwise it is the geo of the token, if the token has one
(``python -m sandbox token --geo eu``). With neither, a request is about every geo, so one base
URL and one token can reach all objects.
"""

from __future__ import annotations

from typing import Literal

Geo = Literal["us", "eu", "au", "me", "in", "sg"]
GEOS = ("us", "eu", "au", "me", "in", "sg")


def of_host(host: str) -> str | None:
    """The geo in the first label of a Host header, or None."""
    label = host.split(".", 1)[0]
    return label if label in GEOS else None
