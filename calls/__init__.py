"""The call record: what happened in each call, who was rung, how long people talked, and how it ended.

Read from two witnesses, Asterisk's event log and the turns our decisions took; a line that carries nothing
for us (Twilio) has its calls and their record here too. Projections are pure and may be computed again from
the same events; writers put them into rows. Never enters: what a caller is asked or told, a command to a call
that is up, and a figure over many calls.
"""
