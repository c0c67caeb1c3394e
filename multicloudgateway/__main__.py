"""The plugin's process: the engine starts this folder, and asks it for the schema and gateways.

It runs with the first Python on PATH, and so do the providers of the gateway's resources, which
the engine starts in the folder of the user's program. Both need the project installed there.
"""

import sys

try:
    from pulumi.provider import main

    from multicloudgateway.provider import GatewayPackage
except ModuleNotFoundError as error:
    sys.exit(
        f"{sys.executable} has no module {error.name}: activate the virtual environment that "
        "multicloud-gateway is installed in, so that its python3 is the first on PATH"
    )

main(GatewayPackage(), sys.argv[1:])
