"""The simulated Aviatrix controller: its REST API, and gateways in the simulated clouds.

``app.create_app`` creates the application. Each kind of object has a module with its actions. The
controller reaches a cloud through ``cloud_networks`` only.
"""
