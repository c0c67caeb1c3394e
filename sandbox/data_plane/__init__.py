"""The sandbox's data plane: HTTP proxies that do what a control plane's configuration says.

Traffic runs in real time. Only the provisioning of gateways is on the sandbox's simulated clock.
"""
