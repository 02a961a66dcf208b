"""Software supply chain: the bill of materials, the licences of its parts, and their known vulnerabilities.

Reads the lock files and nothing else of ours. Its own tools have a lock (``locks/supply.txt``) and an
environment under ``build/``, so that the product's and the tests' stay exactly what theirs say.
"""
