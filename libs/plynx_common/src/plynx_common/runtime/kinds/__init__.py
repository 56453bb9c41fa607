"""Kinds of operations: plugins that turn an operation and its values into the script that is executed."""
