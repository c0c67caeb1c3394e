"""The environment variables an engine runs with."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

REAL_WORLD = (
    "ARM_",
    "AWS_",
    "AZURE_",
    "CLOUDSDK_",
    "GCLOUD_",
    "GCP_",
    "GOOGLE_",
    "KONNECT_",
    "PULUMI_",
)
"""Prefixes of variables that lead to real accounts, real state, or change what the engine does."""

PASSPHRASE = "sandbox"
"""Encrypts the secrets in a sandbox stack's state. Those are made up; it protects nothing."""


def secluded(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without what leads to the real world, for the sandbox and for tests.

    A shell that is set up for production can then run them and touch nothing there: no account, no
    Konnect organisation, no backend. Local addresses are kept off any proxy.
    """
    kept = {key: value for key, value in environ.items() if not key.startswith(REAL_WORLD)}
    for key in ("NO_PROXY", "no_proxy"):
        kept[key] = ",".join(filter(None, [environ.get(key), "127.0.0.1", "localhost"]))
    return kept


def on_path(pulumi: Path, environ: Mapping[str, str]) -> str:
    """Return a PATH on which this engine comes first, then this Python, then everything else.

    The engine looks for its Python helpers on PATH before it looks beside itself, and warns when
    the two differ.
    """
    first = [str(pulumi.parent), str(Path(sys.executable).parent)]
    return os.pathsep.join([*first, environ.get("PATH", os.defpath)])


def for_local_backend(
    pulumi: Path, environ: Mapping[str, str], *, state: Path, home: Path, passphrase: str
) -> dict[str, str]:
    """Return the environment of an engine that keeps its state in a folder and asks nothing.

    Args:
        pulumi: the engine's executable.
        environ: what to start from; what leads to the real world is dropped.
        state: folder of the file backend; made if missing.
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
        # The clouds' providers are attached (PULUMI_DEBUG_PROVIDERS). The engine would download
        # them all the same, before it looks whether they are.
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
