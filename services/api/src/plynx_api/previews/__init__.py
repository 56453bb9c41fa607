"""Artifacts as people look at them: from a few bounded ranges of their bytes, never from the whole."""
