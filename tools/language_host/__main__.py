"""The `pulumi-language-python` process."""

from __future__ import annotations

import importlib.util
import sys


def main() -> None:
    """Serve one engine, without loading the SDK.

    `import pulumi` is half of this process's work, and every engine command starts two of it. The
    stubs of the protocol need the SDK's packages for their place only: modules that were never run
    stand for them. Programs run in processes of their own, which load the SDK as ever.
    """
    for name in ("pulumi", "pulumi.runtime"):
        spec = importlib.util.find_spec(name)
        assert spec is not None, f"{name} is not installed in {sys.prefix}"
        sys.modules[name] = importlib.util.module_from_spec(spec)
    from tools.language_host.server import serve

    serve()


if __name__ == "__main__":
    main()
