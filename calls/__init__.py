"""The call record: what happened in each call, read from the event log and from the turns."""
