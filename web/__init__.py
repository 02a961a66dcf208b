"""The HTTP door: health and metrics now, consoles and Twilio later."""
