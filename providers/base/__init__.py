"""The base of all shims: models, CRUD, polling, HTTP, errors. It knows no vendor."""
