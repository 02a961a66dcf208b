"""Acts in calls that are up: transfers, originated calls, monitoring, pauses of a recording, limits;
and who may be rung.

Each act is permitted, written into the call's record, and then done over Asterisk's manager interface, whose
one client is ``ami``; what that cannot tell it goes by ``sip_publish``. Where a call stands is read from
Asterisk's channels, never from the record, which learns of it from the event log. Never enters: a rule of the
conversation (``ivr``), the order of phones (``transfer``), or a page.
"""
