"""The calls of the protocol, over HTTP."""
