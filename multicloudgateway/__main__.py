"""The plugin's process: the engine starts it, and asks it for the schema and for gateways.

It runs with the first Python on PATH. So do the providers of the gateway's resources, which the
engine starts in the folder of the user's program. The project must be installed for that Python.
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
