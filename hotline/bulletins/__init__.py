"""Emergency bulletins: raised by an agency, before every agent within seconds, lifted, and who has read them (P4.8)."""
