"""Viewing far machines over SSH."""
