"""Kong's production-readiness checklist for a live environment, checked by program.

    python -m tools.readiness prod

`facts` reads Konnect, the stack's state and the clouds' resources. `checks` has the items, each a
function from the facts to what was seen. `report` decides the verdicts; `table`, `document` and
`page` show them.
"""
