"""Looking at a far machine's experiments over SSH: host keys, connections, environments, files, viewer sessions."""
