"""What the platform adds to the `plynx` command."""
