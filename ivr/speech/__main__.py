"""``python -m ivr.speech``: a text from standard input to sound on standard output, in its own process.

The model is large and busy for seconds: whoever serves calls or pages neither loads it nor waits with it.
"""

import json
import sys

from ivr.numerals import Language
from ivr.speech.speak import CACHE, Speaker, phonemes


def main() -> None:
    """Read ``{"text", "language", "speed"}``; write 32-bit floats at the model's rate."""
    asked = json.load(sys.stdin)
    language = Language(asked["language"])
    sound = Speaker.load(CACHE).say(phonemes(asked["text"], language), language, asked["speed"])
    sys.stdout.buffer.write(sound.astype("<f4").tobytes())


if __name__ == "__main__":
    main()
