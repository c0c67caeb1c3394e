"""The simulated Konnect: cloud gateways, control planes and core entities at one base URL.

``app.create_app`` creates the application. Each collection has a module with its rules, and
``lifecycle`` applies the transitions of objects over simulated time.
"""
