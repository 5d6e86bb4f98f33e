#!/usr/bin/env python3
"""numpy_test.py SAVED_PROGRAM: NumPy opens what tailfit saves, tailfit reads what NumPy saves."""
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

try:
    import numpy as np
except ImportError:
    system = "/usr/bin/python3"  # another interpreter, which may have it
    if sys.executable != system and os.access(system, os.X_OK):
        os.execv(system, [system, *sys.argv])
    print("skipped: no numpy")
    sys.exit(77)

program = sys.argv[1]


def check(condition, what):
    if not condition:
        sys.exit(f"does not hold: {what}")


def run(*arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)


with tempfile.TemporaryDirectory() as folder:
    saved = pathlib.Path(folder) / "saved.npz"
    for zip64 in ([], ["0"], ["200"]):
        check(run("write", saved, *zip64).returncode == 0, "it is written")
        check(zipfile.ZipFile(saved).testzip() is None, "the checksums are zipfile's")
        check(run("check", saved).returncode == 0, "tailfit reads it")
        arrays = dict(np.load(saved))
        check(arrays["tailfit_format"] == 1, "the version")
        check(arrays["n"].shape == (16,) and arrays["n"].dtype == np.int64, "n")
        check(arrays["counts"].shape == (16, 7) and arrays["counts"].dtype == np.uint32, "counts")
        inside = arrays["n"] - arrays["lower_n_exceed"] - arrays["upper_n_exceed"]
        fitted = arrays["n"] > 0
        check((arrays["counts"].sum(axis=1) == inside)[fitted].all(), "counts are the body's")
        options = arrays["options"]
        check(options["lower_kind"] == 0 and options["lower_value"] == 0.05, "the lower rule")
        check(options["upper_kind"] == 1 and options["upper_value"] == 1.5, "the upper rule")
        check(options["min_exceedances"] == 10, "the other options")
        check(bytes(arrays["letters"]) == b"abc", "an array of the caller's")
    again = pathlib.Path(folder) / "again.npz"
    np.savez(again, more=np.arange(3.0), odd=np.array(["text"]), **arrays)
    outcome = run("check", again)
    check(outcome.returncode == 0, "tailfit reads what NumPy saves: " + outcome.stderr)
    np.savez_compressed(again, **arrays)
    outcome = run("check", again)
    check(outcome.returncode == 3 and "is compressed" in outcome.stderr, "compressed is refused")
    arrays["counts"] = np.asfortranarray(arrays["counts"])
    np.savez(again, **arrays)
    outcome = run("check", again)
    check(outcome.returncode == 3 and "Fortran order" in outcome.stderr, "Fortran order is refused")
print("NumPy", np.__version__, "reads and writes files of fits")
