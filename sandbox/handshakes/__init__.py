"""Kong's side of private attachments, as it appears in the customer's clouds: one file a kind.

The simulated Konnect calls these functions inside a transaction of the store. Kong uses only what
the customer granted: a share, a role, a mirror peering. Every file has the same four functions:

- ``missing`` says what the customer has not granted yet, or None.
- ``open_`` creates Kong's side. It raises CloudError when the cloud refuses.
- ``state`` is the state of Kong's side.
- ``close`` deletes Kong's side.

A resource endpoint has the first only: nothing of it is in the customer's account.

While Kong's side exists, the customer's network or gateway cannot be deleted. Kong's side of
private DNS does not keep the customer's network from being deleted.
"""
