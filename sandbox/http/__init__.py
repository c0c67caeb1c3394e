"""The HTTP kit: what every simulated HTTP API needs, whoever its vendor is.

An API declares its endpoints on a ``Router`` and describes itself as an ``Api``: its name, who may
call it, and the form of its errors. ``Application`` serves it. An endpoint is a plain function; it
asks for what it needs by the names of its parameters, and its result is the body of the response.
"""
