"""Writes a Pulumi program that adopts existing Konnect objects.

`python -m providers.konnect.adopt` reads a Terraform state file or a control plane. The program
has a statement with `adopt_existing_id` for each object. The command writes nothing to Konnect
and no credential into the program.
"""
