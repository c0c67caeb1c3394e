"""The simulated Konnect: cloud gateways, control planes and core entities at one base URL.

``app.create_app`` is the way in; one module per collection holds its rules, and
``lifecycle`` moves what was created from state to state on the virtual clock.
"""
