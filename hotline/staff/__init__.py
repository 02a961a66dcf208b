"""The people of the hotline: agents with phones and languages, and every staff identity with its roles."""
