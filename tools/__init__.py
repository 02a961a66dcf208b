"""What only developers run: measurements, long proofs, the rendering of prompts. Not shipped."""
