"""The programs that bench/peers/compare_peers.py runs, each as its documentation has a user call it.

A peer is a function: list of samples (arrays of positive excesses) -> list of (shape, scale), with
None where it failed: an exception, a result that is not a number, or no convergence by its own word.
"""

import csv
import math
import os
import shutil
import subprocess
import tempfile
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))


class NotInstalled(Exception):
    pass


def usable(shape, scale):
    return (shape, scale) if math.isfinite(shape) and math.isfinite(scale) and scale > 0 else None


def tailfit(program):
    def fit(samples):
        with tempfile.TemporaryDirectory() as folder:
            data, out = os.path.join(folder, "samples.csv"), os.path.join(folder, "fits.csv")
            with open(data, "w", encoding="utf-8") as file:
                file.write("series,value\n")
                for number, sample in enumerate(samples):
                    file.writelines(f"s{number},{float(y)!r}\n" for y in sample)
            subprocess.run([program, "fit", data, "-o", out, "--layout", "long", "--series-column", "series",
                            "--value-column", "value", "--lower-threshold", "0", "--upper-threshold", "0",
                            "--min-exceedances", "1"], check=True, capture_output=True)
            with open(out, encoding="utf-8", newline="") as file:
                rows = {row["series"]: row for row in csv.DictReader(file)}
        return [usable(float(rows[f"s{i}"]["upper_shape"]), float(rows[f"s{i}"]["upper_scale"]))
                for i in range(len(samples))]

    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    return f"tailfit {version.split()[-1]}", "tailfit fit --lower-threshold 0 --upper-threshold 0", fit


def scipy():
    try:
        import scipy as package
        from scipy.stats import genpareto
    except ImportError as error:
        raise NotInstalled("SciPy") from error

    def one(sample):
        try:
            shape, _, scale = genpareto.fit(sample, floc=0)
        except Exception:  # whatever it raises, the user has no fit
            return None
        return usable(shape, scale)

    return f"SciPy {package.__version__}", "genpareto.fit(y, floc=0)", lambda samples: [one(s) for s in samples]


def openturns():
    try:
        import openturns as package
    except ImportError as error:
        raise NotInstalled("OpenTURNS") from error
    package.Log.Show(package.Log.NONE)

    def one(sample):
        try:
            fit = package.GeneralizedParetoFactory().buildMethodOfLikelihoodMaximization(
                package.Sample([[float(y)] for y in sample]), 0.0)
        except Exception:
            return None
        return usable(fit.getXi(), fit.getSigma())

    return (f"OpenTURNS {package.__version__}", "GeneralizedParetoFactory().buildMethodOfLikelihoodMaximization(y, 0)",
            lambda samples: [one(s) for s in samples])


def r_package(package, call):
    if shutil.which("Rscript") is None:
        raise NotInstalled(f"R with {package}")
    asked = subprocess.run(["Rscript", "-e", f'cat(as.character(packageVersion("{package}")))'], capture_output=True,
                           text=True, check=False)
    if asked.returncode != 0:
        raise NotInstalled(f"R with {package}")

    def fit(samples):
        with tempfile.TemporaryDirectory() as folder:
            data = os.path.join(folder, "samples.txt")
            with open(data, "w", encoding="utf-8") as file:
                file.writelines(" ".join(repr(float(y)) for y in sample) + "\n" for sample in samples)
            run = subprocess.run(["Rscript", os.path.join(HERE, "fit_with_r.R"), package, data], check=True,
                                 capture_output=True, text=True)
        lines = [line.split() for line in run.stdout.splitlines()]
        assert len(lines) == len(samples), run.stderr
        return [None if a == "failed" else usable(float(a), float(b)) for a, b in lines]

    return f"R {package} {asked.stdout}", call, fit


def all_peers(program):
    """(name, call, fit) of every peer that is installed, and the names of the others."""
    makers = [lambda: tailfit(program), scipy, openturns,
              lambda: r_package("evd", "fpot(y, threshold = 0)"),
              lambda: r_package("fExtremes", 'gpdFit(y, u = 0, type = "mle")')]
    installed, absent = [], []
    for maker in makers:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                installed.append(maker())
        except NotInstalled as error:
            absent.append(str(error))
    return installed, absent
