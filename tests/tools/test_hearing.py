"""Our prompts are recognised in received telephone sound, and nothing else is."""

import zlib
from pathlib import Path

import numpy as np
import pytest

from demo.hearing import HeardPrompt, PromptListener, PromptSounds, recognise
from demo.sound import SAMPLES_A_SECOND, Samples, read_wav, write_wav

BUILT = Path(__file__).parents[2] / "ivr" / "dialplans" / "prompts" / "build"
TEXTS = {
    "position-2": "nin mu qian pai zai di er wei",
    "position-12": "nin mu qian pai zai di shi er wei",
    "position-20": "nin mu qian pai zai di er shi wei",
    "wait-2": "yu gu deng hou liang fen zhong",
    "wait-3": "yu gu deng hou san fen zhong",
    "menu": "guo yu qing an yi tai yu qing an er ke yu qing an san",
    "menu-1": "guo yu qing an yi",
    "notice": "nin hao tong hua quan cheng lu yin",
    "one": "yi",
    "two": "er",
}


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * SAMPLES_A_SECOND), np.int16)


def syllable(name: str) -> Samples:
    """A fifth of a second of voice: the harmonics of a gliding pitch, always the same for one name."""
    dice = np.random.default_rng(zlib.crc32(name.encode()))
    time = np.arange(1700) / SAMPLES_A_SECOND
    phase = 2 * np.pi * np.cumsum(dice.uniform(110, 160) + dice.uniform(-150, 150) * time) / SAMPLES_A_SECOND
    voice = sum(
        dice.exponential(1 / (1 + n / 4)) * np.sin(n * phase + dice.uniform(0, 6)) for n in range(1, 20)
    )
    loud: Samples = (voice / np.abs(voice).max() * 9000 * np.hanning(1700) ** 0.3).astype(np.int16)
    return loud


def speak(text: str) -> Samples:
    return np.concatenate([silence(0.05), *map(syllable, text.split()), silence(0.15)])


def over_the_phone(*parts: Samples) -> Samples:
    """G.711 mu-law there and back."""
    sound = np.concatenate(parts) / 32768
    coded = np.round(np.sign(sound) * np.log1p(255 * np.abs(sound)) / np.log(256) * 127) / 127
    return (np.sign(coded) * (256 ** np.abs(coded) - 1) / 255 * 32768).clip(-32768, 32767).astype(np.int16)


def names(heard: list[HeardPrompt]) -> list[str]:
    return [one.name if one.whole else f"{one.name} cut" for one in heard]


SOUNDS = {name: speak(text) for name, text in TEXTS.items()}


@pytest.fixture(scope="module")
def catalogue() -> PromptSounds:
    return PromptSounds(SOUNDS)


def test_prompts_without_a_gap_are_told_in_order(catalogue: PromptSounds) -> None:
    """A list of prompts played back to back is heard one by one, each from its first sample."""
    order = ["notice", "menu", "position-12", "wait-3", "one", "one", "two"]
    heard = recognise(over_the_phone(silence(0.5), *(SOUNDS[name] for name in order)), catalogue)
    assert names(heard) == order
    begins = 0.5 + np.cumsum([0, *(len(SOUNDS[name]) / SAMPLES_A_SECOND for name in order[:-1])])
    assert [one.at for one in heard] == pytest.approx(list(begins), abs=0.002)


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "menu-1"])
def test_prompts_with_a_common_beginning_are_told_apart(catalogue: PromptSounds, name: str) -> None:
    """Second, twelfth and twentieth share their beginning and are never taken for one another."""
    heard = recognise(over_the_phone(silence(0.3), SOUNDS[name], silence(1)), catalogue)
    assert names(heard) == [name]
    assert heard[0].seconds == pytest.approx(len(SOUNDS[name]) / SAMPLES_A_SECOND, abs=0.001)


def test_prompt_that_is_the_beginning_of_another(catalogue: PromptSounds) -> None:
    """A prompt that is how another one begins counts as whole, not as the other one cut off."""
    assert names(recognise(over_the_phone(SOUNDS["menu-1"], silence(1)), catalogue)) == ["menu-1"]


@pytest.mark.parametrize("seconds", [0.6, 1.3, 2.0])
def test_barge_in_cuts_a_prompt_off(catalogue: PromptSounds, seconds: float) -> None:
    """A prompt stopped by a key is reported as cut off, to a tenth of a second; the next one is whole."""
    stopped = SOUNDS["menu"][: int(seconds * SAMPLES_A_SECOND)]
    heard = recognise(over_the_phone(silence(0.2), stopped, SOUNDS["notice"]), catalogue)
    assert names(heard) == ["menu cut", "notice"]
    assert heard[0].seconds == pytest.approx(seconds, abs=0.11)


def test_torn_sound_is_still_one_prompt(catalogue: PromptSounds) -> None:
    """A jitter buffer's gaps of 20 to 100 ms inside a prompt neither end nor repeat it."""
    sound = np.concatenate([SOUNDS["menu"], SOUNDS["position-20"]])
    pieces = [silence(0.4)]
    for at, gap in zip(range(0, len(sound), 7000), [0.02, 0.1, 0.06, 0.02, 0.04, 0.1] * 3, strict=False):
        pieces += [sound[at : at + 7000], silence(gap)]
    heard = recognise(over_the_phone(*pieces), catalogue)
    assert names(heard) == ["menu", "position-20"]
    assert heard[0].at == pytest.approx(0.4, abs=0.002)


def test_same_sound_in_two_files(catalogue: PromptSounds) -> None:
    """Files with the very same sound cannot be told apart: one is named, the other told beside it."""
    twice = PromptSounds({"zh/no": SOUNDS["one"], "en/no": SOUNDS["one"], "two": SOUNDS["two"]})
    (heard,) = recognise(over_the_phone(silence(0.1), SOUNDS["one"], silence(0.5)), twice)
    assert (heard.name, heard.also) == ("zh/no", ("en/no",))


def test_silence_noise_music_and_other_voices_are_no_prompts(catalogue: PromptSounds) -> None:
    """Nothing is heard in silence, noise, music on hold or people talking."""
    dice = np.random.default_rng(7)
    time = np.arange(10 * SAMPLES_A_SECOND) / SAMPLES_A_SECOND
    chords = sum(np.sin(2 * np.pi * f * time) * np.sin(np.pi * time * 2) for f in (262, 330, 392, 524))
    talk = [syllable(f"talk {dice.integers(300)}") for _ in range(60)]
    noise = (dice.standard_normal(80000) * 3000).astype(np.int16)
    sound = over_the_phone(silence(5), noise, (chords * 4000).astype(np.int16), *talk)
    assert recognise(sound, catalogue) == []


def test_prompt_is_known_while_it_is_being_said(catalogue: PromptSounds) -> None:
    """A listener names the prompt about half a second after it began, long before its end."""
    listener, sound = PromptListener(catalogue), over_the_phone(silence(1), SOUNDS["menu"], silence(1))
    for at in range(0, len(sound), 400):
        listener.feed(sound[at : at + 400])
        if listener.hearing:
            break
    assert "menu" in {heard.name for heard in listener.hearing}
    assert listener.seconds < 1 + 0.8


@pytest.mark.parametrize("portion", [160, 2000, 50000])
def test_size_of_the_portions_does_not_matter(catalogue: PromptSounds, portion: int) -> None:
    """Fed by frames or at once, the same is heard."""
    sound = over_the_phone(silence(0.3), SOUNDS["notice"], SOUNDS["position-2"][:9000], SOUNDS["wait-3"])
    listener = PromptListener(catalogue)
    for at in range(0, len(sound), portion):
        listener.feed(sound[at : at + portion])
    assert names(listener.finish()) == ["notice", "position-2 cut", "wait-3"]


def test_prompt_of_another_format_is_refused(tmp_path: Path) -> None:
    """A catalogue takes 8 kHz mono 16 bit files and names the one that is not."""
    wide = tmp_path / "wide.wav"
    write_wav(wide, SOUNDS["one"])
    head = bytearray(wide.read_bytes())
    head[24:26] = (16000).to_bytes(2, "little")
    wide.write_bytes(head)
    with pytest.raises(ValueError, match="wide.wav"):
        PromptSounds.load({"wide": wide})


def test_rendered_prompts_are_told_apart() -> None:
    """Files of our own catalogue, in one row without gaps, are each recognised by name."""
    paths = {f"{path.parent.name}/{path.stem}": path for path in sorted(BUILT.glob("*/*.wav"))}
    if not paths:
        pytest.skip("no prompts have been rendered")
    real = PromptSounds.load(paths)
    row = list(np.random.default_rng(1999).permutation(sorted(paths))[:50])
    heard = recognise(over_the_phone(*(read_wav(paths[name]) for name in row)), real)
    assert [one.whole for one in heard] == [True] * len(row)
    assert all(name in (one.name, *one.also) for one, name in zip(heard, row, strict=True))
