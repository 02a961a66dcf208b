"""Sign-language video service (P3.6, clause 六): accounts, the line, sessions and what the two sides send.

``rules`` is pure: states, blocks of time, who may come back, estimates. ``line`` serves in strict order of
arrival, ``messages`` carries signalling, chat and photographs sealed until the session ends, ``accounts``
lets people in. The server's clock counts. Never enters: sound and picture, which go between the browsers.
"""
