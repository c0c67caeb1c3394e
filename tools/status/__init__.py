"""Shows what an environment is like now, as Konnect says it: `make status STACK=prod`.

    known = Known.read(exported, "multicloud-gateway", "prod")  # `pulumi stack export`
    view = await read_live(connection, known, now=datetime.now(UTC))

``live`` reads the objects and renders nothing. See docs/status.md.
"""

from __future__ import annotations
