"""A fictional city, its exchange, and telephones played by programs: what `hotline call` plays."""
