#!/usr/bin/env python3
"""large_npy.py PROGRAM: fits a .npy that is larger than the memory it may take.

Makes a (time, series) array of heavy-tailed values in a folder, runs `PROGRAM fit` on it, samples the program's
private memory (RssAnon in /proc/PID/status) and prints its peak beside what is promised: the memory budget, the
results of a batch, and a constant, whatever the array's size. Exit status 0: within the bound, 1: not, or the
program failed. The manifest's SHA-256 is compared too. Needs Linux and Python's standard library.

    python3 bench/large_npy.py build/release/tools/tailfit --folder /tmp --mib 4096
"""

import argparse
import array
import hashlib
import json
import os
import random
import subprocess
import sys
import time

MIB = 1 << 20
BLOCK_VALUES = 1 << 20
BYTES_OF_A_FIT = 14 * 8  # what the program counts for the parameters of a fit
MOST_RESULT_BYTES = 256 * MIB  # of a batch


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", nargs="+", help="the program and its first arguments")
    parser.add_argument("--folder", default="/tmp", help="for the array and the results; both are removed")
    parser.add_argument("--mib", type=int, default=4096, help="size of the array in MiB")
    parser.add_argument("--length", type=int, default=4096, help="values of a series")
    parser.add_argument("--dtype", choices=["f4", "f8"], default="f4")
    parser.add_argument("--order", choices=["C", "F"], default="C")
    parser.add_argument("--memory-budget-mib", type=int, default=64)
    parser.add_argument("--constant-mib", type=int, default=256)
    return parser.parse_args()


def heavy_tailed_block(dtype, size):
    """A million values like a Student's t with 4 degrees of freedom."""
    generator = random.Random(7)
    values = array.array("f" if dtype == "f4" else "d")
    for _ in range(size):
        squares = generator.expovariate(0.5) + generator.expovariate(0.5)
        values.append(generator.gauss(0.0, 1.0) * (4.0 / squares) ** 0.5)
    return values


def write_array(path, arguments):
    """One block over and over, begun elsewhere each time, so that no two series are alike. Returns shape, hash."""
    value_bytes = int(arguments.dtype[1])
    n_series = arguments.mib * MIB // value_bytes // arguments.length
    n_values = n_series * arguments.length
    order = "True" if arguments.order == "F" else "False"
    header = "{'descr': '<%s', 'fortran_order': %s, 'shape': (%d, %d), }" % (
        arguments.dtype, order, arguments.length, n_series)
    header = header.ljust(117) + "\n"
    digest = hashlib.sha256()
    block = heavy_tailed_block(arguments.dtype, min(BLOCK_VALUES, n_values))
    starts = random.Random(8)
    with open(path, "wb") as file:

        def put(data):
            digest.update(data)
            file.write(data)

        put(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode("latin1"))
        left = n_values
        while left > 0:
            start = starts.randrange(len(block))
            turned = (block[start:] + block[:start])[:left]
            put(turned.tobytes())
            left -= len(turned)
    return n_series, digest.hexdigest()


def memory_of(process_id, field):
    try:
        with open("/proc/%d/status" % process_id, encoding="ascii") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def run_sampled(command):
    """Runs the command; returns its exit status, seconds, the peak of RssAnon and the number of samples."""
    begun = time.monotonic()
    process = subprocess.Popen(command)
    peak = n_samples = 0
    while process.poll() is None:
        sample = memory_of(process.pid, "RssAnon")
        peak = max(peak, sample)
        n_samples += sample > 0
        time.sleep(0.002)
    return process.returncode, time.monotonic() - begun, peak, n_samples


def main():
    arguments = parse_arguments()
    stem = os.path.join(arguments.folder, "tailfit-large-%d" % os.getpid())
    array_path, fits_path = stem + ".npy", stem + ".csv"
    try:
        n_series, digest = write_array(array_path, arguments)
        size = os.path.getsize(array_path)
        status, seconds, peak, n_samples = run_sampled(
            arguments.program + ["fit", array_path, "--memory-budget", "%dM" % arguments.memory_budget_mib,
                                 "-o", fits_path])
        if status != 0:
            print("the program ended with status", status)
            return 1
        with open(fits_path + ".json", encoding="utf-8") as file:
            manifest = json.load(file)
    finally:
        for path in (array_path, fits_path, fits_path + ".json"):
            if os.path.exists(path):
                os.remove(path)

    results = min(n_series * BYTES_OF_A_FIT, MOST_RESULT_BYTES) / MIB
    bound = arguments.memory_budget_mib + results + arguments.constant_mib
    print("array              %d x %d %s, %s order, %.0f MiB" % (
        arguments.length, n_series, arguments.dtype, arguments.order, size / MIB))
    print("time               %.1f s, %.0f MiB/s, %.0f fits/s" % (seconds, size / MIB / seconds, n_series / seconds))
    print("peak of RssAnon    %.1f MiB in %d samples" % (peak / MIB, n_samples))
    print("bound              %.1f MiB = budget %d + results %.1f + constant %d" % (
        bound, arguments.memory_budget_mib, results, arguments.constant_mib))
    faults = []
    if n_samples < 3:
        faults.append("it ended before its memory could be sampled")
    if peak > bound * MIB:
        faults.append("the peak is above the bound")
    if manifest["fits"] != n_series:
        faults.append("%d fits, expected %d" % (manifest["fits"], n_series))
    if manifest["input"]["sha256"] != digest:
        faults.append("the manifest's SHA-256 is not the array's")
    for fault in faults:
        print("FAULT             ", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
