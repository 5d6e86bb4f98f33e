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
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

from ptx import arithmetic
from ptx.emit import CLASSES
from ptx.machine import Machine
from ptx.text import PtxError


class Cases:
    def __init__(self, program, which):
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run([program, directory] + which, check=True)
            description = json.loads((pathlib.Path(directory) / "cases.json").read_text())
            self.data = (pathlib.Path(directory) / "cases.bin").read_bytes()
        self.cases, self.elementary = description["cases"], description["elementary"]

    def part(self, at, size):
        return self.data[at:at + size]


class Kernels:
    """The PTX files; each is made executable once."""

    def __init__(self, paths):
        self.paths = {pathlib.Path(p).name.split(".")[0]: p for p in paths}
        self.programs = {}

    def program(self, name):
        if name not in self.programs:
            if name not in self.paths:
                raise PtxError(f"{name}.ptx was not given")
            self.programs[name] = Machine().load(self.paths[name])
            if self.programs[name].symbols:
                raise PtxError(f"{name}.ptx has variables in global memory, which each run would have to place again")
        return self.programs[name]


class Run:
    """One case on one machine."""

    def __init__(self, kernels, cases, case, seed, check_races=True):
        self.kernels, self.cases, self.case = kernels, cases, case
        self.machine = Machine(seed, check_races=check_races)
        self.addresses = {}
        batch = bytearray(bytes.fromhex(case["batch"]))
        for pointer in case["pointers"]:
            first = cases.part(pointer["first"], pointer["bytes"]) if pointer["first"] >= 0 else None
            self.addresses[pointer["name"]] = address = self.machine.allocate(pointer["bytes"], first)
            struct.pack_into("<Q", batch, pointer["offset"], address + pointer["shift"])
        self.batch = bytes(batch)

    def extract(self):
        """As launch_chunk() does; the counts of its launches."""
        case = self.case
        if "classes" not in case:
            return [self.extract_as(case, self.batch)]
        counts, arrays = self.bin()
        places, batch = case["batch_places"], bytearray(self.batch)
        struct.pack_into("<Q", batch, places["excess_begin"], arrays["excess_begin"])
        self.batch = bytes(batch)
        struct.pack_into("<Q", batch, places["fits"], arrays["order"])
        for number, one in enumerate(case["classes"]):
            struct.pack_into("<q", batch, places["length"], one["length"])
            struct.pack_into("<Q", batch, places["range"], arrays["class_begin"] + 8 * number)
            counts.append(self.extract_as(one, bytes(batch)))
        return counts

    def bin(self):
        """As launch_bin_by_length() does; the counts of its launches and where its arrays lie."""
        case, program = self.case, self.kernels.program("bin_by_length")
        bins, arrays = bytearray(bytes.fromhex(case["bins"])), {}
        for array in case["bin_arrays"]:
            first = bytes(8) if array["name"] == "values_before" else None
            arrays[array["name"]] = address = self.machine.allocate(array["bytes"], first)
            struct.pack_into("<Q", bins, array["offset"], address)
        names = (["sum_all_values"] if case["checks_offsets"] else []) + ["sum_lengths", "place_fits"]
        stretches = -(-case["fits"] // 1024)
        return [self.machine.launch(program, name, (stretches, 1, 1), (256, 1, 1), [self.batch, bytes(bins)])
                for name in names], arrays

    def extract_as(self, how, batch):
        """As launch_extract_of() does."""
        case = self.case
        program = self.kernels.program("extract_f64" if case["type"] == "d" else "extract_f32")
        threads, shared = (how["threads"], 1, 1), how["series_bytes"]
        if how["lanes"] == 0:
            return self.machine.launch(program, f"extract_by_shared_blockI{case['type']}E", (case["fits"], 1, 1), threads,
                                       [batch], shared - case["slot_bytes"])
        per_block = how["threads"] // how["lanes"]
        return self.machine.launch(program, f"extract_by_lanesI{case['type']}Li{how['lanes']}E",
                                   (-(-case["fits"] // per_block), 1, 1), threads,
                                   [batch, struct.pack("<i", shared), struct.pack("<i", how.get("union_bytes", 0) > 0)],
                                   per_block * shared + how.get("union_bytes", 0))

    def solve(self, lanes, long_lanes=32):
        """As launch_solve_of() does, a tail of more than 256 excesses by so many lanes, of more than 8,192 by so many;
        the counts of its launches."""
        fits, greatest = self.case["fits"], self.case["greatest_k"]
        program = self.kernels.program("solve_intervals" if self.case["intervals"] else "solve_exact")
        counts = [self.machine.launch(program, "solve_by_lanes", (-(-fits // 64), 2, 1), (64, 1, 1), [self.batch])]
        if greatest > 256:
            counts.append(self.solve_by_warps(program, lanes, 256, 8192))
        if greatest > 8192 and long_lanes <= 32:
            counts.append(self.solve_by_warps(program, long_lanes, 8192, greatest))
        elif greatest > 8192:
            counts.append(self.machine.launch(program, "solve_by_blocks", (2 * fits, 1, 1), (long_lanes, 1, 1), [self.batch],
                                              scratch_bytes(greatest, long_lanes)))
        return counts

    def solve_by_warps(self, program, lanes, above, most):
        tails, scratch = 64 // lanes, scratch_bytes(most, lanes)
        return self.machine.launch(program, "solve_by_warps", (-(-2 * self.case["fits"] // tails), 1, 1), (64, 1, 1),
                                   [self.batch, struct.pack("<i", lanes), struct.pack("<i", scratch),
                                    struct.pack("<q", above), struct.pack("<q", most)], tails * scratch)

    def differences(self):
        found = []
        for pointer in self.case["pointers"]:
            if pointer["expected"] < 0:
                continue
            expected = self.cases.part(pointer["expected"], pointer["bytes"])
            address = self.addresses[pointer["name"]]
            got = self.machine.memory.get(address, pointer["bytes"])
            if got != expected or not self.machine.memory.was_written(address, pointer["bytes"]):
                at = next((i for i in range(len(got)) if got[i] != expected[i]), -1)
                found.append(f"{pointer['name']}: " + (f"byte {at} is {got[at]:#x}, expected {expected[at]:#x}" if at >= 0
                                                       else "not all of it was written"))
        return found


def scratch_bytes(k, lanes):
    """As canonical_scratch_bytes() says, for no more lanes than accumulators."""
    levels = ((32 if k <= 8192 else 1024) // lanes).bit_length() - 1
    return lanes * max(1, levels) * 80


def by_whom(case):
    if "classes" in case:
        return ", ".join(by_whom(one) for one in case["classes"])
    return f"{case['lanes']} lanes" if case["lanes"] else f"a block of {case['threads']}"


def total(counts):
    summed = collections.Counter()
    for one in counts:
        summed.update(one.classes())
    return summed


def solvers(case):
    """By how many lanes of a warp to solve its tails of more than 256 excesses, and by how many those of over 8,192."""
    if case["greatest_k"] > 8192:
        return [(8, 32), (8, 64)]
    if case["greatest_k"] <= 256:
        return [(case["solve_lanes"], 32)]
    return [(lanes, 32) for lanes in sorted({1, 4, case["solve_lanes"], case["solve_lanes_of_many"]})]


def check_case(kernels, cases, case, lanes, seed):
    run = Run(kernels, cases, case, seed)
    start = time.perf_counter()
    counts = run.extract() + run.solve(*lanes)
    seconds = time.perf_counter() - start
    found = run.differences()
    solved = f", tails by {lanes[case['greatest_k'] > 8192]} lanes" if case["greatest_k"] > 256 else ""
    print(f"{'DIFFERS' if found else 'equal  '} {case['name']}: {case['fits']} series by {by_whom(case)}{solved}, "
          f"{sum(total(counts).values()):,} instructions, {seconds:.1f} s", flush=True)
    for text in found:
        print(f"    {text}")
    return found, run.machine.open_local_reads


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
        for lanes in solvers(case):
            found, reads = check_case(kernels, cases, case, lanes, seed)
            n_wrong += len(found)
            open_reads.update(reads)
    for kind in cases.elementary:
        n_wrong += len(check_elementary(kernels, cases, kind, seed))
    for (line, what), n in sorted(arithmetic.open_conversions.items()):
        print(f"note: {n} conversions of {what} to an integer in PTX line {line}")
    if open_reads:
        print(f"note: local memory that was never written was read in PTX lines {sorted(open_reads)}")
    return 1 if n_wrong else 0


def print_table(rows):
    shown = [c for c in CLASSES if any(mix[c] for _, mix in rows)]
    print("| T | dtype | step | all | " + " | ".join(shown) + " |")
    print("|" + "---|" * (4 + len(shown)))
    for (length, kind, step, n_values), mix in rows:
        print(f"| {length} | {kind} | {step} | {sum(mix.values()) / n_values:.1f} | "
              + " | ".join(f"{mix[c] / n_values:.2f}" for c in shown) + " |")


def over_budget(rows, path):
    """What exceeds the budgets of the file, lines of "length type step instructions-a-value"; a row without one does, too."""
    lines = [line.split() for line in pathlib.Path(path).read_text().splitlines() if line and not line.startswith("#")]
    budgets = {(int(length), kind, step): float(most) for length, kind, step, most in lines}
    found = []
    for (length, kind, step, n_values), mix in rows:
        key = (length, kind, step.split(",")[0])
        has, most = sum(mix.values()) / n_values, budgets.pop(key, None)
        if most is None:
            found.append(f"{key}: {has:.1f} instructions a value, and no budget in {path}")
        elif has > most:
            found.append(f"{key}: {has:.1f} instructions a value, expected at most {most:g}")
    return found + [f"{key}: a budget of {most:g}, and no such case" for key, most in budgets.items()]


def source_lines(counts, name, n_values, n):
    return [f"{name}: {times / n_values:8.3f} a value, {file}:{line}"
            for (file, line), times in counts.by_source().most_common(n) if line]


def count(kernels, cases, seed, hottest, budgets):
    rows, lines = [], []
    for case in cases.cases:
        run = Run(kernels, cases, case, seed, check_races=False)
        lanes = case["solve_lanes_of_many"]
        extraction, solving = run.extract(), run.solve(lanes)
        if run.differences():
            raise PtxError(f"{case['name']} is not what the CPU makes of it")
        n_values = case["fits"] * case["length"]
        kind = "fp64" if case["type"] == "d" else "fp32"
        named = case["name"].split(",")[0]
        layouts = ("unaligned", "pitch", "spike", "ties", "columns")
        step = "rolling" if case["union_bytes"] > 0 else named if named in layouts else "extraction"
        rows.append(((case["length"], kind, f"{step}, {by_whom(case)}", n_values), total(extraction)))
        by = f", {lanes} lanes" if case["greatest_k"] > 256 else ""
        if step == "extraction":
            rows.append(((case["length"], kind, "solving" + by, n_values), total(solving)))
        for counts in extraction + solving:
            lines += [f"{case['name']}: {n / n_values:8.3f} a value, {counts.program.path}:{line}: {text}"
                      for n, line, text in counts.hottest(hottest)]
            lines += source_lines(counts, case["name"], n_values, hottest)
    print_table(rows)
    print("\n".join(lines))
    wrong = over_budget(rows, budgets) if budgets else []
    print("\n".join(wrong))
    return 1 if wrong else 0


def count_selection(kernels, cases, seed):
    """Extraction with thresholds by rank less that with the same thresholds told, by length and type."""
    taken = {}
    for case in cases.cases:
        run = Run(kernels, cases, case, seed, check_races=False)
        extraction = sum(total(run.extract()).values())
        run.solve(case["solve_lanes_of_many"])
        if run.differences():
            raise PtxError(f"{case['name']} is not what the CPU makes of it")
        name, how = case["name"].rsplit(", ", 1)
        taken[name, how] = extraction / (case["fits"] * case["length"])
        if how == "told":
            by_rank = taken[name, "by rank"]
            print(f"{name}, {by_whom(case)}: {by_rank:.1f} instructions a value, of them {by_rank - taken[name, how]:.1f} "
                  "for selection", flush=True)
    return 0


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
