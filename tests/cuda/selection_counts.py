#!/usr/bin/env python3
"""Counts what the other method of selection would take: sorting_network.cu, whose every result is checked.

    selection_counts.py sorting_network.ptx

What kernels/fit/select.hpp takes is the difference between extraction with thresholds by rank and with given ones, of
ptx_parity.py --counts; docs/cuda.md has both.
"""

import pathlib
import random
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from ptx.text import PtxError  # noqa: E402
from ptx.machine import Machine  # noqa: E402

LANES, SERIES = 8, 16


def count(program, code, per_lane):
    """Instructions a key of SERIES series of LANES*per_lane keys, without the copy of the sorted keys."""
    size, n = struct.calcsize(code), LANES * per_lane
    draw = random.Random(n)
    keys = [[draw.randrange(1 << 8 * size) if t % 7 else 5 for t in range(n)] for _ in range(SERIES)]
    rank = n // 20
    executed = []
    for writes in (True, False):
        machine = Machine(1)
        data = b"".join(struct.pack(f"<{n}{code}", *one) for one in keys)
        of_keys, of_pairs = machine.allocate(len(data), data), machine.allocate(SERIES * 4 * size)
        out = machine.allocate(len(data)) if writes else 0
        params = [struct.pack("<Q", of_keys), struct.pack("<i", SERIES), struct.pack("<i", rank),
                  struct.pack("<Q", out), struct.pack("<Q", of_pairs)]
        entry = f"sort_by_lanesI{'j' if size == 4 else 'm'}Li{LANES}ELi{per_lane}E"
        counts = machine.launch(program, entry, (SERIES * LANES // 128, 1, 1), (128, 1, 1), params)
        for s, one in enumerate(map(sorted, keys)):
            pair = struct.unpack_from(f"<4{code}", machine.memory.get(of_pairs + 4 * s * size, 4 * size))
            if list(pair) != [one[rank], one[rank + 1], one[n - 2 - rank], one[n - 1 - rank]]:
                raise PtxError(f"{entry}: series {s} has wrong pairs")
            if writes and list(struct.unpack_from(f"<{n}{code}", machine.memory.get(out + s * n * size, n * size))) != one:
                raise PtxError(f"{entry}: series {s} is not sorted")
        executed.append(counts.classes())
    return {name: times / (SERIES * n) for name, times in executed[1].items() if times}


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    program = Machine().load(sys.argv[1])
    for code, per_lane in (("I", 8), ("I", 16), ("I", 32), ("I", 64), ("Q", 32)):
        mix = count(program, code, per_lane)
        parts = ", ".join(f"{name} {times:.1f}" for name, times in mix.items() if times >= 0.05)
        print(f"{LANES * per_lane} keys of {8 * struct.calcsize(code)} bits, {LANES} lanes: "
              f"{sum(mix.values()):.1f} instructions a key ({parts})")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except PtxError as error:
        print(f"selection_counts.py: {error}", file=sys.stderr)
        sys.exit(1)
