"""The composition root: where parts are put together, and when and with what they are run.

``parts`` makes what a process needs, ``wiring`` joins all of it; ``run`` has a module for each process and
the supervisor over them, ``jobs`` what the clock does, ``cli`` the command line, ``pbx`` the Asterisk of this
machine, ``machine`` its system users and files, ``migrations`` the schema. ``cli`` may import ``run``, that
``jobs``, that ``pbx``. May import every room of the product; what is optional beside it (``extensions``) is
found by entry points. Never enters: a rule, a page, an answer to Asterisk.
"""
