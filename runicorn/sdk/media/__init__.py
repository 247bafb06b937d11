"""Samples to look at or listen to: one file under `media/` and one event each."""
