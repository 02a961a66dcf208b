"""`hotline prompts check`: do the files on the shelf hold what the catalogue promises?

Needs no synthesiser: rates, levels, lengths, checksums and the manifest are compared.
"""

from collections.abc import Iterator
from pathlib import Path

from ivr.catalogue import HOME, Catalogue
from ivr.speech.level import FRAME, LONGEST_PAUSE, TARGET_DBOV, Sound, active_dbov, pauses, peak_dbfs
from tools.voices.files import NARROW, SUFFIXES, WIDE, Manifest, read_pcm, sha256_of
from tools.voices.music import DBOV, KEY

TOLERANCE_DB = 1.0
HIGHEST_PAUSE = 0.8
HIGHEST_PEAK = -3.0
END_SECONDS = 0.005
END_BELOW_DB = 30.0
"""A file begins and ends so far below its peak: louder, and a word is cut off."""
RATES = {".wav": NARROW, ".sln16": WIDE}


def check(home: Path = HOME) -> list[str]:
    """List the faults, one sentence each; empty when callers hear all that is promised."""
    catalogue, manifest = Catalogue.load(home / "catalog.toml"), Manifest.load(home / "build")
    promised = {f"{language}/{name}": (name, language) for name, language in catalogue.voiced()}
    faults = [f"{key}: not rendered" for key in promised if key not in manifest.files]
    for key, row in manifest.files.items():
        faults += [f"{key}: {fault}" for fault in _file_faults(manifest, key)]
        if key in promised:
            name, language = promised[key]
            entry = catalogue.entries[name]
            if row["text"] != entry.texts[language]:
                faults.append(f"{key}: rendered from another text")
            if language in LONGEST_PAUSE:
                faults += [f"{key}: {fault}" for fault in _pause_faults(Path(f"{manifest.folder / key}.wav"))]
            if row["seconds"] > entry.max_seconds:
                faults.append(f"{key}: {row['seconds']} s, more than {entry.max_seconds}")
    return faults + list(_checksum_faults(manifest))


def _file_faults(manifest: Manifest, key: str) -> Iterator[str]:
    for suffix in SUFFIXES:
        path = Path(f"{manifest.folder / key}{suffix}")
        if not path.exists():
            yield f"no {suffix}"
            continue
        if sha256_of(path) != manifest.files[key]["sha256"][suffix]:
            yield f"{suffix} is not the file that was rendered"
        yield from _sound_faults(path, manifest.files[key]["seconds"], DBOV if key == KEY else TARGET_DBOV)
        if key != KEY and is_cut(*read_pcm(path)):
            yield f"{suffix} is cut off at an end"


def _sound_faults(path: Path, seconds: float, dbov: float) -> Iterator[str]:
    sound, rate = read_pcm(path)
    if rate != RATES[path.suffix]:
        yield f"{path.suffix} is {rate} Hz"
    # A final s is trimmed where the narrow band no longer carries it.
    if abs(len(sound) / rate - seconds) > 0.25:
        yield f"{path.suffix} lasts {len(sound) / rate:.2f} s, not {seconds}"
    if abs(active_dbov(sound, rate) - dbov) > TOLERANCE_DB:
        yield f"{path.suffix} is at {active_dbov(sound, rate):.1f} dBov"
    if peak_dbfs(sound) > HIGHEST_PEAK:
        yield f"{path.suffix} peaks at {peak_dbfs(sound):.1f} dBFS"


def _pause_faults(path: Path) -> Iterator[str]:
    """Fault of a rest so long that a caller takes the sentence for over."""
    sound, rate = read_pcm(path)
    longest = max((FRAME * (end - begin) for begin, end in pauses(sound, rate)), default=0.0)
    if longest > HIGHEST_PAUSE:
        yield f"pauses for {longest:.2f} s"


def is_cut(sound: Sound, rate: int) -> bool:
    """Tell whether somebody speaks at the very first or last of it; the hold melody is a loop and may."""
    end = int(END_SECONDS * rate)
    loudest = max(peak_dbfs(sound[:end]), peak_dbfs(sound[-end:]))
    return loudest > peak_dbfs(sound) - END_BELOW_DB


def _checksum_faults(manifest: Manifest) -> Iterator[str]:
    """Faults of SHA256SUMS, which `sha256sum -c` reads on an installed system: it must say what the manifest
    says.
    """
    listed = (manifest.folder / "SHA256SUMS").read_text("utf-8").splitlines()
    wanted = [
        f"{row['sha256'][suffix]}  {key}{suffix}"
        for key, row in manifest.files.items()
        for suffix in SUFFIXES
    ]
    if listed != wanted:
        yield "SHA256SUMS and MANIFEST.json disagree"
    rendered = {path for path in manifest.folder.rglob("*") if path.suffix in SUFFIXES}
    known = {Path(f"{manifest.folder / key}{suffix}") for key in manifest.files for suffix in SUFFIXES}
    for stray in sorted(rendered - known):
        yield f"{stray.relative_to(manifest.folder)}: not in the manifest"
