"""Training frameworks, one module each; importing a module imports its framework. See docs/sdk.md."""
