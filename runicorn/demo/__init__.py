"""What `runicorn viewer --demo` shows: small NumPy models really trained on Fisher's iris measurements."""
