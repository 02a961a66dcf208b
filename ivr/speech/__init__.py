"""Text to speech: words that are typed become sound at telephone level."""
