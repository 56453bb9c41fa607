"""One file or small package per seam and vendor."""
