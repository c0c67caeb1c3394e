"""Makes the environment variables with which an engine runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

REAL_WORLD = (
    "ARM_",
    "AVIATRIX_",
    "AWS_",
    "AZURE_",
    "CLOUDSDK_",
    "GCLOUD_",
    "GCP_",
    "GOOGLE_",
    "KONNECT_",
    "PULUMI_",
)
"""Prefixes of variables that select real accounts or state, or change the engine's behaviour."""

PASSPHRASE = "sandbox"
"""Encrypts the secrets in a sandbox stack's state. They are fake, so it protects nothing."""


PARALLEL = 32
"""Resource operations that the engine runs at once. Its own default is four for each core, and
creating a hub or a VPN gateway in Azure takes half an hour: on a small machine they would queue."""


def with_parallel(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` with the number of parallel operations, unless the caller has set it."""
    return {"PULUMI_PARALLEL": str(PARALLEL), **environ}


def secluded(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without variables of real accounts and state, for the sandbox and tests.

    So they can run in a shell that is set up for production, and reach none of its cloud accounts,
    its Konnect organisation or its backend. Local addresses bypass any proxy.
    """
    kept = {key: value for key, value in environ.items() if not key.startswith(REAL_WORLD)}
    for key in ("NO_PROXY", "no_proxy"):
        kept[key] = ",".join(filter(None, [environ.get(key), "127.0.0.1", "localhost"]))
    return kept


def on_path(pulumi: Path, environ: Mapping[str, str]) -> str:
    """Return a PATH with this engine's folder first, then this Python's, then all others.

    The engine looks for its Python helpers on PATH before its own folder, and warns if they differ.
    """
    first = [str(pulumi.parent), str(Path(sys.executable).parent)]
    return os.pathsep.join([*first, environ.get("PATH", os.defpath)])


def for_local_backend(
    pulumi: Path, environ: Mapping[str, str], *, state: Path, home: Path, passphrase: str
) -> dict[str, str]:
    """Return the environment of an engine that keeps its state in a folder and never prompts.

    Args:
        pulumi: the engine's executable.
        environ: the base; variables of real accounts and state are dropped.
        state: folder of the file backend; created if missing.
        home: folder for the engine's own files (`PULUMI_HOME`).
        passphrase: encrypts secrets in state.

    """
    state.mkdir(parents=True, exist_ok=True)
    return {
        **secluded(environ),
        "PATH": on_path(pulumi, environ),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": passphrase,
        "PULUMI_HOME": str(home),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # The clouds' providers are attached (PULUMI_DEBUG_PROVIDERS). Without this setting the
        # engine would still download them, before it checks whether they are attached.
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
