"""Instructions that the cases take, and whether they are within their budgets: ptx_parity.py --counts, --selection."""

import pathlib

from ptx.emit import CLASSES
from ptx.text import PtxError
from ptx_runs import by_whom, run_of, total


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
            found.append(f"{key}: {has:.1f} instructions, and no budget in {path}")
        elif has > most:
            found.append(f"{key}: {has:.1f} instructions, expected at most {most:g}")
    return found + [f"{key}: a budget of {most:g}, and no such case" for key, most in budgets.items()]


def source_lines(counts, name, n_values, n):
    return [f"{name}: {times / n_values:8.3f} a value, {file}:{line}"
            for (file, line), times in counts.by_source().most_common(n) if line]


def counted(run, case):
    """[(step of its row or "", counts of its launches)], results compared after each way to solve."""
    if case["kind"] != "fit":
        step = "transposition" if case["kind"] == "columns" else "binning-checked" if case["checks_offsets"] else "binning"
        steps = [(f"{step}, {by_whom(case)}", run.extract())]
        compare(run, case)
        return steps
    names, lanes = case["steps"], case["solve_lanes_of_many"]
    extraction = f"{names['extraction']}, {by_whom(case)}" if names["extraction"] else ""
    launches = run.extract()
    steps = [(extraction, launches[-len(case["classes"]):] if "classes" in case else launches)]  # binning has its own row
    extracted = run.snapshot()
    for way, long_lanes in (("-by-warp", 32), ("-by-block", 64)) if case["greatest_k"] > 8192 else (("", 32),):
        by = f", {long_lanes if way else lanes} lanes" if case["greatest_k"] > 256 else ""
        run.restore(extracted)
        steps.append((names["solving"] + way + by if names["solving"] else "", run.solve(lanes, long_lanes)))
        compare(run, case)
    return steps


def compare(run, case):
    if run.differences():
        raise PtxError(f"{case['name']} is not what the CPU makes of it: {run.differences()[0]}")


def count(kernels, cases, seed, hottest, budgets):
    rows, lines = [], []
    for case in cases.cases:
        n_values = case["values"]
        kind = {"d": "fp64", "f": "fp32"}.get(case["type"], case["type"])
        for step, launches in counted(run_of(kernels, cases, case, seed, check_races=False), case):
            if step:
                rows.append(((case["length"], kind, step, n_values), total(launches)))
            for counts in launches:
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
        run = run_of(kernels, cases, case, seed, check_races=False)
        extraction = sum(total(run.extract()).values())
        run.solve(case["solve_lanes_of_many"])
        compare(run, case)
        name, how = case["name"].rsplit(", ", 1)
        taken[name, how] = extraction / (case["fits"] * case["length"])
        if how == "told":
            by_rank = taken[name, "by rank"]
            print(f"{name}, {by_whom(case)}: {by_rank:.1f} instructions a value, of them {by_rank - taken[name, how]:.1f} "
                  "for selection", flush=True)
    return 0
