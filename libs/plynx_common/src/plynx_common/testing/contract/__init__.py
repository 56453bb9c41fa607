"""One suite per seam, for every adapter: join by a subclass with a fixture."""
