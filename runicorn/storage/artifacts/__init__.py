"""The artifact store: named, numbered versions of files, their manifests and aliases. See docs/disk-format.md."""
