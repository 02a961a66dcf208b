"""The HTTP doors: health and metrics, Twilio's webhooks, the pages for people, the API for programs.

Two applications, each a process of its own (``ops.run.web``, ``ops.run.console``), are handed what they need
and build nothing. A webhook becomes an event, a form the arguments of a use case, an error a sentence. Never
enters: a rule, a connection to Asterisk, a file outside the sounds and pages.
"""
