"""The address of a controller, the credentials, and the certificates to trust."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from providers.base.errors import ConfigurationError


@dataclass(frozen=True)
class Connection:
    """A controller and the credentials of a login. ``repr`` does not show the password.

    ``base_url`` is ``https://<address>``. The certificate is verified unless
    ``verify_ssl_certificate`` is False. ``path_to_ca_certificate`` is a file with the certificates
    to trust, for a controller whose certificate no public authority signed.
    """

    base_url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    verify_ssl_certificate: bool = True
    path_to_ca_certificate: str | None = None

    @classmethod
    def resolve(
        cls,
        controller_ip: str | None = None,
        username: str | None = None,
        password: str | None = None,
        verify_ssl_certificate: bool | str | None = None,
        path_to_ca_certificate: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Connection:
        """Take missing values from the Terraform provider's environment variables.

        These are ``AVIATRIX_CONTROLLER_IP``, ``AVIATRIX_USERNAME`` and ``AVIATRIX_PASSWORD``.
        ``controller_ip`` is an IP address, a host name, or a base URL, which is `https` except on
        this machine. Raises ConfigurationError when there is none, or when it is none of these.
        """
        env = os.environ if environ is None else environ
        given = (controller_ip or env.get("AVIATRIX_CONTROLLER_IP") or "").rstrip("/")
        if not given:
            raise ConfigurationError(
                "no Aviatrix controller: set AVIATRIX_CONTROLLER_IP or aviatrix:controller_ip"
            )
        url = given if "://" in given else f"https://{given}"
        if not _is_base_url(url):
            raise ConfigurationError(
                f"controller_ip {given!r} is no address of a controller, such as 203.0.113.10 or "
                "https://controller.example.com"
            )
        if not _is_private(url):
            raise ConfigurationError(
                f"controller_ip {given!r} would get the password in clear text; write "
                f"https{url.removeprefix('http')}"
            )
        return cls(
            url,
            username or env.get("AVIATRIX_USERNAME"),
            password or env.get("AVIATRIX_PASSWORD"),
            str(verify_ssl_certificate).lower() != "false",
            path_to_ca_certificate or None,
        )

    def require_credentials(self) -> tuple[str, str]:
        """The username and the password. Raises ConfigurationError when one is missing."""
        if not self.username or not self.password:
            raise ConfigurationError(
                f"no login for the Aviatrix controller {self.base_url}: set AVIATRIX_USERNAME and "
                "AVIATRIX_PASSWORD, or aviatrix:username and, with `pulumi config set --secret`, "
                "aviatrix:password"
            )
        return self.username, self.password

    def trust(self) -> ssl.SSLContext | bool:
        """What an HTTP client verifies certificates with; TLS 1.2 or later.

        Raises ConfigurationError when the file of certificates cannot be read.
        """
        path = self.path_to_ca_certificate
        if not self.verify_ssl_certificate:
            return False
        if path is None:
            return True
        try:
            return ssl.create_default_context(cafile=path)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(
                f"path_to_ca_certificate {path!r} is no file of certificates in PEM form: {error}"
            ) from None


def _is_private(url: str) -> bool:
    """Whether nobody else reads what is sent there: it is encrypted, or stays on this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_base_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # Raises ValueError if it is not a number.
    except ValueError:
        return False
    bare = not (parts.query or parts.fragment or parts.username)
    return bool(parts.hostname) and bare and parts.scheme in ("http", "https")
