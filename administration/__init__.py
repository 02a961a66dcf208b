"""Administrators' acts over many rows: imports, undo, days declared, the directory's check."""
