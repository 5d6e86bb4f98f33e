#!/usr/bin/env python3
"""Runs the PTX of the kernels for distributions and compares every bit of the results with the CPU library's.

    ptx_distributions.py --program ptx_distribution_cases [--seed N] evaluate.ptx gradients.ptx
    ptx_distributions.py --program ptx_distribution_cases --counts --budgets FILE ...  instructions a point, within budgets

The program is tests/cuda/ptx_distribution_cases.cpp. No GPU is needed: tests/cuda/ptx executes the PTX.
"""

import argparse
import struct
import sys

from ptx.machine import Machine
from ptx.text import PtxError
from ptx_counts import over_budget
from ptx_runs import Cases, Kernels, difference


def run(kernels, cases, case, seed):
    """The instructions that the case took, and what differs."""
    machine, results = Machine(seed, check_races=True), []
    batch = bytearray(bytes.fromhex(case["batch"]))
    for pointer in case["pointers"]:
        content = cases.part(pointer["at"], pointer["bytes"])
        address = machine.allocate(pointer["bytes"], None if pointer["is_result"] else content)
        struct.pack_into("<Q", batch, pointer["offset"], address)
        if pointer["is_result"]:
            results.append((address, content))
    how, memory = bytearray(bytes.fromhex(case["how"])), case["memory"]
    if memory["bytes"] > 0:
        struct.pack_into("<Q", how, memory["offset"], machine.allocate(memory["bytes"], None))
    program = kernels.program("evaluate" if case["kernel"].startswith("evaluate") else "gradients")
    counts = machine.launch(program, case["kernel"], (-(-case["threads"] // 128), 1, 1), (128, 1, 1), [bytes(batch), bytes(how)])
    wrong = [difference(machine, address, expected) for address, expected in results]
    return counts.classes(), [text for text in wrong if text]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--counts", action="store_true")
    parser.add_argument("--budgets", help="with --counts: a file of the most that each function may take")
    parser.add_argument("ptx", nargs="+")
    arguments = parser.parse_args()
    cases = Cases(arguments.program, ["--counts"] if arguments.counts else [])
    kernels, n_wrong, rows = Kernels(arguments.ptx), 0, []
    for case in cases.cases:
        try:
            mix, wrong = run(kernels, cases, case, arguments.seed)
        except PtxError as error:
            mix, wrong = {}, [str(error)]
        instructions = sum(mix.values())
        if arguments.counts:
            points, of, function = case["name"].split()
            rows.append(((int(points), of, function, case["points"]), mix))
        print(f"{'DIFFERS' if wrong else 'equal  '} {case['name']}: {case['kernel']}, {case['threads']} threads, "
              f"{instructions:,} instructions, {instructions / case['points']:.1f} a point", flush=True)
        print("".join(f"    {text}\n" for text in wrong), end="")
        n_wrong += len(wrong)
    over = over_budget(rows, arguments.budgets) if arguments.budgets else []
    print("\n".join(over))
    return 1 if n_wrong or over else 0


if __name__ == "__main__":
    sys.exit(main())
