#!/usr/bin/env python3
"""Runs the kernels' PTX, as nvcc makes it, and compares every bit of the results with the CPU library's.

    ptx_parity.py --program ptx_cases [--seed N] bin_by_length.ptx extract_f32.ptx solve_exact.ptx ... device_text.ptx
    ptx_parity.py --program ptx_cases --counts [--hottest N] ...   a table of executed instructions for each value
    ptx_parity.py --program ptx_cases --counts --budgets FILE ...  and fails where one is over its budget
    ptx_parity.py --program ptx_cases --selection ...              a table of what selection takes of extraction

The program is tests/cuda/ptx_cases.cpp. No GPU is needed: tests/cuda/ptx executes the PTX.
"""

import argparse
import collections
import struct
import sys
import time

from ptx import arithmetic
from ptx.machine import Machine
from ptx.text import PtxError
from ptx_counts import count, count_selection
from ptx_runs import Cases, Kernels, by_whom, run_of, total


def solvers(case):
    """By how many lanes of a warp to solve its tails of more than 256 excesses, and by how many those of over 8,192."""
    if case["kind"] != "fit":
        return [()]
    if case["greatest_k"] > 8192:
        return [(8, 32), (8, 64)]
    if case["greatest_k"] <= 256:
        return [(case["solve_lanes"], 32)]
    return [(lanes, 32) for lanes in sorted({1, 4, case["solve_lanes"], case["solve_lanes_of_many"]})]


def check_case(kernels, cases, case, seed):
    """Extracted once, and solved by all who may."""
    run, wrong = run_of(kernels, cases, case, seed), []
    start = time.perf_counter()
    extraction = run.extract()
    extracted = run.snapshot()
    for lanes in solvers(case):
        run.restore(extracted)
        counts = extraction + run.solve(*lanes)
        seconds = time.perf_counter() - start
        found = run.differences()
        solved = f", tails by {lanes[case['greatest_k'] > 8192]} lanes" if case.get("greatest_k", 0) > 256 else ""
        print(f"{'DIFFERS' if found else 'equal  '} {case['name']}: {case['fits']} series by {by_whom(case)}{solved}, "
              f"{sum(total(counts).values()):,} instructions, {seconds:.1f} s", flush=True)
        print("".join(f"    {text}\n" for text in found), end="")
        wrong += found
        start = time.perf_counter()
    return wrong, run.machine.open_local_reads


def check_elementary(kernels, cases, kind, seed):
    about, size = cases.elementary[kind], struct.calcsize(kind)
    machine = Machine(seed)
    n = about["n"]
    x, y = (machine.allocate(n * size, cases.part(about[name], n * size)) for name in "xy")
    out = machine.allocate(5 * n * size)
    params = [struct.pack("<Q", v) for v in (x, y, out, n)]
    counts = machine.launch(kernels.program("device_text"), f"elementaryI{kind}E", (-(-n // 128), 1, 1), (128, 1, 1), params)
    got, expected = machine.memory.get(out, 5 * n * size), cases.part(about["expected"], 5 * n * size)
    wrong = [i for i in range(5 * n) if got[i * size:(i + 1) * size] != expected[i * size:(i + 1) * size]]
    print(f"{'DIFFERS' if wrong else 'equal  '} elementary functions, {'fp64' if kind == 'd' else 'fp32'}: {n} arguments, "
          f"{sum(counts.classes().values()):,} instructions", flush=True)
    for i in wrong[:10]:
        argument = struct.unpack_from(kind, cases.part(about["x"], n * size), i // 5 * size)[0]
        print(f"    {('log', 'log1p', 'exp', 'expm1', 'pow')[i % 5]} of {argument!r}: {got[i * size:(i + 1) * size].hex()}, "
              f"expected {expected[i * size:(i + 1) * size].hex()}")
    return wrong


def check(kernels, cases, seed):
    n_wrong, open_reads = 0, collections.Counter()
    for case in cases.cases:
        found, reads = check_case(kernels, cases, case, seed)
        n_wrong += len(found)
        open_reads.update(reads)
    for kind in cases.elementary:
        n_wrong += len(check_elementary(kernels, cases, kind, seed))
    for (line, what), n in sorted(arithmetic.open_conversions.items()):
        print(f"note: {n} conversions of {what} to an integer in PTX line {line}")
    if open_reads:
        print(f"note: local memory that was never written was read in PTX lines {sorted(open_reads)}")
    return 1 if n_wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--counts", action="store_true")
    parser.add_argument("--selection", action="store_true")
    parser.add_argument("--hottest", type=int, default=0, help="with --counts: so many lines of every launch, "
                        "of the PTX and, if that was made with -lineinfo, of the C++ text")
    parser.add_argument("--budgets", help="with --counts: a file of the most that each step may take")
    parser.add_argument("ptx", nargs="+")
    arguments = parser.parse_args()
    which = ["--counts"] if arguments.counts else ["--selection"] if arguments.selection else []
    cases = Cases(arguments.program, which)
    kernels = Kernels(arguments.ptx)
    try:
        if arguments.selection:
            return count_selection(kernels, cases, arguments.seed)
        if arguments.counts:
            return count(kernels, cases, arguments.seed, arguments.hottest, arguments.budgets)
        return check(kernels, cases, arguments.seed)
    except PtxError as error:
        print(f"ptx_parity.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
