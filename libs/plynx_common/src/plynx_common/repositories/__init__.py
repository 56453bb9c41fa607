"""Domain objects to documents and back, written once over the document store."""
