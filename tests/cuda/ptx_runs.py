"""Runs of the cases that ptx_cases writes: the kernels' launches as the library makes them, and their results."""

import collections
import json
import pathlib
import struct
import subprocess
import tempfile

from ptx.machine import Machine
from ptx.text import PtxError


class Cases:
    def __init__(self, program, which):
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run([program, directory] + which, check=True)
            description = json.loads((pathlib.Path(directory) / "cases.json").read_text())
            self.data = (pathlib.Path(directory) / "cases.bin").read_bytes()
        self.cases, self.elementary = description["cases"], description.get("elementary")

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


def difference(machine, address, expected):
    """What is wrong with the bytes there; None if nothing is."""
    got = machine.memory.get(address, len(expected))
    if got != expected:
        at = next(i for i in range(len(got)) if got[i] != expected[i])
        return f"byte {at} of {len(got)} is {got[at]:#x}, expected {expected[at]:#x}"
    return None if machine.memory.was_written(address, len(expected)) else "not all of it was written"


class Run:
    """One case on one machine: extract(), solve(), then differences(). Both give the counts of their launches."""

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

    def differences(self):
        found = []
        for pointer in self.case["pointers"]:
            if pointer["expected"] < 0:
                continue
            found += self.difference(pointer["name"], self.addresses[pointer["name"]], pointer["bytes"], pointer["expected"])
        return found

    def solve(self, *_):
        return []

    def difference(self, name, address, n, expected_at):
        text = difference(self.machine, address, self.cases.part(expected_at, n))
        return [f"{name}: {text}"] if text else []

    def snapshot(self):
        """All that is allocated by now."""
        memory, end = self.machine.memory, self.machine.end
        return end, bytes(memory.bytes[:end]), bytes(memory.marks[:end])

    def restore(self, snapshot):
        memory, end = self.machine.memory, snapshot[0]
        memory.bytes[:end], memory.marks[:end] = snapshot[1:]

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


class BinRun(Run):
    """Binning by length alone."""

    def extract(self):
        counts, self.arrays = self.bin()
        return counts

    def differences(self):
        found, sizes = [], {array["name"]: array["bytes"] for array in self.case["bin_arrays"]}
        for name, at in self.case["expected_bins"].items():
            found += self.difference(name, self.arrays[name], sizes[name], at)
        return found


class ColumnsRun(Run):
    """Columns that become rows, by blocks of which the first take two tiles each."""

    def extract(self):
        tiles = -(-self.case["fits"] // 64) * -(-self.case["length"] // 64)
        return [self.machine.launch(self.kernels.program("transpose"), f"transpose_columnsI{self.case['type']}E",
                                    (-(-2 * tiles // 3), 1, 1), (256, 1, 1), [self.batch])]


class FitRun(Run):
    """Extraction and solving."""

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

    def extract_as(self, how, batch):
        """As launch_extract_of() does."""
        case = self.case
        program = self.kernels.program("extract_f64" if case["type"] == "d" else "extract_f32")
        threads, shared = (how["threads"], 1, 1), how["series_bytes"]
        if how["regime"] == "global_block":
            bytes_each = case["block_bytes"]
            memory = self.machine.allocate(case["blocks"] * bytes_each)
            return self.machine.launch(program, f"extract_by_blockI{case['type']}E", (case["blocks"], 1, 1), threads,
                                       [batch, struct.pack("<Q", memory), struct.pack("<q", bytes_each)])
        if how["regime"] == "cluster":
            blocks = how["cluster"]
            return self.machine.launch(program, f"extract_by_clusterI{case['type']}E", (case["fits"] * blocks, 1, 1), threads,
                                       [batch], shared - case["cluster_slot_bytes"], (blocks, 1, 1))
        if how["regime"] == "shared_block":
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


def run_of(kernels, cases, case, seed, check_races=True):
    kind = {"fit": FitRun, "bins": BinRun, "columns": ColumnsRun}[case["kind"]]
    return kind(kernels, cases, case, seed, check_races)


def scratch_bytes(k, lanes):
    """As canonical_scratch_bytes() says, for no more lanes than accumulators."""
    levels = ((32 if k <= 8192 else 1024) // lanes).bit_length() - 1
    return lanes * max(1, levels) * 80


def by_whom(case):
    if case.get("kind", "fit") != "fit":
        return "blocks of 256"
    if "classes" in case:
        return ", ".join(by_whom(one) for one in case["classes"])
    return {"lanes": f"{case['lanes']} lanes", "shared_block": f"a block of {case['threads']}",
            "cluster": f"a cluster of {case['cluster']} blocks of {case['threads']}",
            "global_block": f"a block of {case['threads']} in global memory"}[case["regime"]]


def total(counts):
    summed = collections.Counter()
    for one in counts:
        summed.update(one.classes())
    return summed
