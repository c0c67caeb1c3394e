"""Moving over: what Terraform or anybody else made becomes a program that adopts it.

`python -m providers.konnect.adopt` reads a Terraform state file or a control plane and writes
statements that carry `adopt_existing_id`. It writes nothing to Konnect, and no secret into
the program.
"""
