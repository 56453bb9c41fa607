"""Decides which nodes of a run are ready, and accepts their results."""
