"""Calls that 1999 places itself for an agent:
to an agency at once (P5.3), and to a citizen whose word is checked (P8.2).
And for an interpreter: to an officer or agent, for a citizen who signs (§14).

A number to dial never enters here from a form: an agency's comes from the directory, a citizen's from the
record of their own call. What became of a call is told by the event log, who took a report and whether a
citizen is who they say by the agent. Nothing here files a case, and no words about an accused person outlive
a refusal.
"""
