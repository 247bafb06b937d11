"""Static reports: the viewer's pages as files that need no server."""
