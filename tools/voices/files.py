"""The rendered files of the prompts, their manifest and their checksums."""

import hashlib
import json
import subprocess
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ivr.speech.level import HIGHEST_TONE, LOWEST_TONE, Sound, active_dbov, pcm, peak_dbfs

NARROW, WIDE = 8000, 16000
SUFFIXES = (".wav", ".sln16")


@dataclass
class Manifest:
    """MANIFEST.json of a build folder: for each file its source, text, length, level and checksums."""

    folder: Path
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> "Manifest":
        path = folder / "MANIFEST.json"
        return cls(folder, json.loads(path.read_text("utf-8"))["files"] if path.exists() else {})

    def source(self, key: str) -> str:
        return str(self.files.get(key, {}).get("source", ""))

    def stands(self, key: str) -> bool:
        """Tell whether both files are there, byte for byte."""
        paths = {suffix: Path(f"{self.folder / key}{suffix}") for suffix in SUFFIXES}
        known = self.files.get(key, {}).get("sha256", {})
        return all(p.exists() and sha256_of(p) == known.get(suffix) for suffix, p in paths.items())

    def put(self, key: str, source: str, text: str, spoken: str, rows: Mapping[str, Any]) -> None:
        """A new rendering; a person's approval of an older one does not carry over."""
        self.files[key] = {"source": source, "text": text, "spoken": spoken, **rows, "approved_by": None}

    def drop_all_but(self, keys: set[str], say: Callable[[str], None]) -> None:
        """Delete files of prompts that are no longer in the catalogue, and their rows."""
        for path in sorted(self.folder.rglob("*.*")):
            key = path.relative_to(self.folder).with_suffix("").as_posix()
            if path.suffix in SUFFIXES and key not in keys:
                path.unlink()
                say(f"removed {path.relative_to(self.folder)}")
        self.files = {key: row for key, row in self.files.items() if key in keys}

    def save(self) -> None:
        self.files = dict(sorted(self.files.items()))
        written = json.dumps({"files": self.files}, ensure_ascii=False, indent=1)
        (self.folder / "MANIFEST.json").write_text(written + "\n", "utf-8")
        sums = [
            f"{row['sha256'][suffix]}  {key}{suffix}\n"
            for key, row in self.files.items()
            for suffix in SUFFIXES
        ]
        (self.folder / "SHA256SUMS").write_text("".join(sums), "utf-8")


def write_files(stem: Path, sounds: Mapping[int, Sound]) -> dict[str, Any]:
    """<stem>.wav (8 kHz) and <stem>.sln16 (16 kHz, raw); returns what the manifest says of them."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    narrow, wide = sounds[NARROW], sounds[WIDE]
    wav, sln16 = Path(f"{stem}.wav"), Path(f"{stem}.sln16")
    with wave.open(str(wav), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(NARROW)
        file.writeframes(pcm(narrow))
    sln16.write_bytes(pcm(wide))
    return {
        "seconds": round(len(narrow) / NARROW, 2),
        "dbov": round(active_dbov(narrow, NARROW), 1),
        "peak_dbfs": round(max(peak_dbfs(narrow), peak_dbfs(wide)), 1),
        "sha256": {".wav": sha256_of(wav), ".sln16": sha256_of(sln16)},
    }


def read_pcm(path: Path) -> tuple[Sound, int]:
    """A rendered file as numbers from -1 to 1, and its rate; raises ValueError for another format."""
    if path.suffix == ".sln16":
        return np.frombuffer(path.read_bytes(), "<i2") / 32768, WIDE
    with wave.open(str(path), "rb") as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise ValueError(f"{path.name} is not 16-bit mono")
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768, file.getframerate()


def read_sound(master: Path) -> tuple[NDArray[np.float32], int]:
    """A studio master of any depth, mixed to mono, at 48 kHz."""
    command = ["sox", str(master), "-t", "raw", "-e", "float", "-b", "32", "-r", "48000", "-c", "1", "-"]
    done = subprocess.run(command, check=True, capture_output=True)
    return np.frombuffer(done.stdout, "<f4"), 48000


def by_sox(sound: NDArray[np.float32], rate: int, wanted: int) -> Sound:
    """The band of the prompts that are kept with the code: rendered anew, each would be another file."""
    raw = ["-t", "raw", "-e", "float", "-b", "32", "-c", "1"]
    filters = ["rate", "-v", str(wanted), "highpass", str(LOWEST_TONE), "lowpass", str(HIGHEST_TONE[wanted])]
    # -G keeps loud input from clipping in the filters.
    command = ["sox", "-G", *raw, "-r", str(rate), "-", *raw, "-r", str(wanted), "-", *filters]
    done = subprocess.run(command, input=sound.astype("<f4").tobytes(), check=True, capture_output=True)
    return np.frombuffer(done.stdout, "<f4").astype(np.float64)


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
