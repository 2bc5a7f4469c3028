"""Fuzz targets with faults planted in them."""

from __future__ import annotations

from tests.fuzz.fuzzing import instrumented, run

with instrumented("tests.fuzz.planted_faults"):
    from tests.fuzz.planted_faults import endless, greedy, harmless, slow, sound, wrong

if __name__ == "__main__":
    run(
        {
            b"s": (slow, harmless),
            b"g": (greedy, harmless),
            b"e": (endless, harmless),
            b"w": (wrong, harmless),
            b"o": (sound, harmless),
        }
    )
