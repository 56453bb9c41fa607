"""What the broker of a deployment starts with."""
