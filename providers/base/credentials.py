"""Credentials among inputs: their fingerprints in state, and the texts that no message may show.

A service does not return a write-only value. So state records a fingerprint of it, which shows
whether the program has another value now.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Final

_CREDENTIAL = re.compile("password|secret|token|credential|key|private|auth|header|param")
_LONG: Final = 16


def fingerprint_name(name: str) -> str:
    """The output that holds the fingerprint of a write-only input."""
    return f"{name}_fingerprint"


def fingerprint(value: str, salt: str) -> str:
    """The scrypt hash of a write-only value, which state records to detect a change.

    ``salt`` is any text that differs between objects. The same value and salt give the same
    fingerprint.
    """
    digest = hashlib.scrypt(value.encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=32)
    return f"scrypt:{salt}:{digest.hex()}"


def fits(value: object, recorded: object) -> bool:
    """Whether ``recorded`` is the fingerprint of ``value``."""
    if not isinstance(value, str) or not isinstance(recorded, str):
        return False
    salt = recorded.removeprefix("scrypt:").rpartition(":")[0]
    return hmac.compare_digest(fingerprint(value, salt).encode(), recorded.encode())


def confidential(value: object, named: bool = False) -> Iterator[str]:
    """The strings inside ``value`` that no message may show.

    These are the strings under a name of a credential, and strings of 16 or more characters
    under any name: a header may hold a token. Vault references are not among them: they hold no
    secret. ``named`` says that ``value`` itself has a name of a credential.
    """
    if isinstance(value, str):
        if (named or len(value) >= _LONG) and not value.startswith("{vault://"):
            yield value
            # An error may quote a single line of a PEM key.
            lines = value.splitlines()
            if len(lines) > 1:
                yield from (line for line in lines if len(line) >= _LONG and line[0] != "-")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from confidential(item, named or bool(_CREDENTIAL.search(key.lower())))
    elif isinstance(value, list):
        for item in value:
            yield from confidential(item, named)
