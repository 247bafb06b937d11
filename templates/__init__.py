"""Jinja2 templates shared by the viewer and the static export."""
