"""The plugin's process: the engine starts it for the schema, for components and for resources.

It runs in the virtual environment that `PulumiPlugin.yaml` names. `pulumi package add` and
`pulumi install` create it beside this file, from `requirements.txt`.
"""

import sys

# Python searches the folder of this file first. Its modules would hide others of the same names.
sys.path.pop(0)

try:
    from multicloudgateway.provider import Package
    from multicloudgateway.server import serve
except ModuleNotFoundError as error:
    sys.exit(
        f"{sys.executable} has no module {error.name}: run `pulumi install` in the folder of your "
        "program, which installs the packages that it uses"
    )

serve(Package(), sys.argv[1:])
