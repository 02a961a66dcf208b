"""The Asterisk of this machine: found or fetched, configured from the settings, its log masked.

The templates are data of ``ivr/dialplans/asterisk``; a version that is none of ours is refused with what to
do. Telephones that come and go while it runs are written anew and told. Never enters: a command to a call
that is up (``control``).
"""
