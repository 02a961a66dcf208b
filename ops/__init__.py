"""Assembly, clock-driven work and the command line.

``wiring`` is the only place where things are constructed.
"""
