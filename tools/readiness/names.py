"""Public DNS: what a name's records are, as certificate authorities see them.

With real accounts Google Public DNS answers over HTTPS: Google's CA issues the certificates of
custom domains. A sandbox answers for the public zones of its clouds.
Source: https://developers.google.com/speed/public-dns/docs/doh/json
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

import httpx

RecordType = Literal["A", "CNAME", "CAA"]

PUBLIC: Final = "https://dns.google/resolve"
_NUMBERS: Final[Mapping[RecordType, int]] = {"A": 1, "CNAME": 5, "CAA": 257}
_ANSWERED: Final = (0, 3)
"""DNS status codes of an answer: NOERROR and NXDOMAIN."""
_TIMEOUT: Final = 10.0


class NamesError(Exception):
    """Public DNS could not be asked. The text says why."""


class Names(Protocol):
    """Answers for public names."""

    def values(self, name: str, type_: RecordType) -> tuple[str, ...]:
        """The values of a record set, without dots at the ends of names. Empty: there is none.

        Raises NamesError if nobody answered.
        """
        ...


@dataclass(frozen=True)
class PublicNames:
    """Asks over HTTPS, in the JSON form of Google Public DNS. ``token`` is only for a sandbox."""

    url: str = PUBLIC
    token: str | None = field(default=None, repr=False)
    transport: httpx.BaseTransport | None = None

    def values(self, name: str, type_: RecordType) -> tuple[str, ...]:
        """As ``Names.values``."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            with httpx.Client(
                transport=self.transport, timeout=_TIMEOUT, trust_env=self.token is None
            ) as client:
                answer = client.get(self.url, params={"name": name, "type": type_}, headers=headers)
                answer.raise_for_status()
                found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise NamesError(f"{self.url} does not answer for {name} {type_}: {error}") from error
        if found.get("Status") not in _ANSWERED:
            raise NamesError(f"DNS answers {name} {type_} with status {found.get('Status')}")
        number = _NUMBERS[type_]
        answers = [one for one in found.get("Answer") or () if one.get("type") == number]
        own = [one for one in answers if _plain(str(one.get("name"))) == _plain(name)]
        # A and CAA records are found behind CNAMEs, so their own names differ (RFC 8659, 3).
        chosen = own if type_ == "CNAME" else answers
        return tuple(_plain(str(one["data"])) for one in chosen)


def _plain(name: str) -> str:
    return name.rstrip(".").lower() if " " not in name else name
