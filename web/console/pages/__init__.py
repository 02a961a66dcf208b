"""Pages: a file for each, or for a family that one person uses in one breath; its ``pages`` are routes."""
