"""The people of the hotline; for now the agents, their phones and languages."""
