"""The `plynx` command."""
