"""What clients of the REST API may rely on: compares two OpenAPI documents; tells what breaks from what grows."""
