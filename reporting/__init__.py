"""Figures: what calls came to, counted from the rows; each module says how."""
