"""The on-disk format: the only code that knows file names and opens run files. See docs/disk-format.md."""
