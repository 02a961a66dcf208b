"""A sender that writes each message as a file: what a city without a gateway has, and what tests read."""

import json
import os
from pathlib import Path

from hotline.outbox.message import Letter, NotSent


class FileSender:
    """One JSON file a letter, named by its key: sent twice, there is still one."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def send(self, letter: Letter) -> str:
        """Write a letter, whole or not at all. Raises NotSent."""
        file = self._directory / f"{letter.template}-{letter.key}.json"
        body = {
            "template": letter.template,
            "channel": letter.channel,
            "to": letter.recipient,
            "text": letter.text,
            "written_at": letter.written_at.isoformat(),
            "key": letter.key,
        }
        part = file.with_suffix(f".{os.getpid()}.part")
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8") as writing:
                json.dump(body, writing, ensure_ascii=False)
                writing.flush()
                os.fsync(writing.fileno())
            part.replace(file)
        except OSError as error:
            raise NotSent(f"{self._directory} cannot be written: {error.strerror}") from error
        return file.name
