"""The demonstration: a real experiment on the handwritten digits that scikit-learn ships."""

from __future__ import annotations

from pathlib import Path

DIGITS = Path(__file__).with_name("digits.yaml")
"""A graph document: load → split → four models in parallel → evaluate each → choose → report."""
REPORT = ("report", "report")
"""Node and output of the HTML report."""
MODEL = ("choose", "model")
"""Node and output of the best model."""
