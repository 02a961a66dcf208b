"""What agencies tell the call centre before citizens ask: messages, emergency bulletins, surges of calls to
come, new measures (P4.3, P4.7, P4.8, P4.10).

What is said to callers (V-03) is switched elsewhere, by the call centre alone; here agents read.
"""
