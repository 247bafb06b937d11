"""Python client of the viewer's HTTP API."""
