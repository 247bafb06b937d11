"""One blueprint per module of the HTTP API."""
