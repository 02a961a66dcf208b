"""Capacity of an installation: what a city's calls need, by arithmetic and by simulated days.

Measured costs come from the bench, the demand from the city. Nothing here runs at a city's: it is how
docs/capacity.md was made, and how it is made again with other figures.
"""
