"""Pure rules: operations, graphs, runs, cache keys; no input or output of any kind."""
