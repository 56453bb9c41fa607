"""Claims nodes of its pool, runs their scripts and reports what came out."""
