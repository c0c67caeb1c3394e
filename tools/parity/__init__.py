"""Compares the Terraform provider for Konnect with the resources and look-ups of this project.

`schema` has the attributes and flags that the Terraform provider reports, `table` says where
each of them is here, `here` finds the flags that it has here, and `compare` counts what is wrong.
"""
