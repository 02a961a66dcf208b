"""The processes of a node: a module each (``agi``, ``listener``, ``web``, ``console``), and their supervisor.

``supervisor`` is ``hotline up``; under systemd each process is a unit and these modules are what it starts.
Readiness, signals and what can be known before a start live here too. Never enters: what a
process decides.
"""
