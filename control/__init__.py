"""Acts in calls that are up, and who may be rung: Asterisk's manager interface is spoken to here alone."""
