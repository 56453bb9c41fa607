"""The seams: bus, documents, objects, clock."""
