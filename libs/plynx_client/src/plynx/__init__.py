"""The PLynx Python SDK and the `plynx` command."""
