"""What calls take and give, by noun. Requests are checked by these; answers are only described."""
