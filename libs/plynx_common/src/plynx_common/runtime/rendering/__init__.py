"""Templates rendered in a warm, limited process of their own; the same function for previews and for execution."""
