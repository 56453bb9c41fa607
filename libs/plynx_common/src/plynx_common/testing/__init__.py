"""The shipped test kit: contract suites, factories, strategies, simulation."""
