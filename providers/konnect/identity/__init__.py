"""Identity API, `/v3/`: system accounts, their access tokens and roles."""
