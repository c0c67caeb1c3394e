"""Base of every provider: input models, CRUD, waits, HTTP, errors. It is vendor-neutral."""
