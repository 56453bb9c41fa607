"""The REST resources, one file each; a route's function name is its operation id."""
