"""Amount to be measured: the full run, and the quick one within ninety seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BenchPlan:
    """Rounds, seconds and numbers of calls."""

    rounds: int = 3
    warm: float = 1.0
    at_once: tuple[int, ...] = (1, 50, 200)
    seconds: float = 1.0
    offered: float = 100.0
    offered_seconds: float = 3.0
    webhooks: float = 20.0
    webhook_seconds: float = 10.0
    board_seconds: float = 15.0
    card_rate: float = 3.0
    card_seconds: float = 30.0
    call_rate: int = 40
    call_seconds: float = 20.0
    """Long against the seconds until the last call is written, in which jobs look for work in vain."""
    ladder_from: int = 120
    ladder_step: int = 30
    ladder_most: int = 960
    ladder_seconds: float = 2.5
    ladder_rounds: int = 3
    ladder_budget: float = 100.0
    ladder_tries: int = 2
    patience: float = 8.0
    probe_rate: int = 30
    probe_rounds: int = 3
    parked: int = 200
    parked_passes: int = 2
    talking: int = 50
    bridged: int = 60
    bridged_seconds: float = 5.0
    bridged_rounds: int = 1
    classic_calls: int = 8
    cases: int = 200_000
    retained: int = 12_000
    beside: int = 14_000
    beside_seconds: float = 20.0
    verified: int = 12
    sound_minutes: int = 60
    video_seconds: float = 20.0
    reported: int = 200_000


FULL = BenchPlan()
QUICK = BenchPlan(
    rounds=1, warm=0.5, seconds=0.6, offered_seconds=2.0, webhook_seconds=4.0, board_seconds=5.0, card_seconds=8.0, call_seconds=2.5, ladder_from=60, ladder_step=60,
    ladder_seconds=1.5, ladder_rounds=1, ladder_budget=8.0, ladder_tries=1, patience=3.0, probe_rounds=1,
    parked=50, parked_passes=1, talking=10, bridged=20, bridged_seconds=3.0, bridged_rounds=1, classic_calls=3,
    cases=20_000, retained=3_000, beside=2_000, beside_seconds=4.0, verified=4, sound_minutes=15,
    video_seconds=5.0, reported=8_000,
)  # fmt: skip
