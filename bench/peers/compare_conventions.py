#!/usr/bin/env python3
"""Runs other programs' spliced distributions and says how far tailfit's is from theirs, with the options that
docs/distribution.md names.

    python3 bench/peers/compare_conventions.py build/dev [--gluonts FOLDER] [--seed N]

build/dev: a build with -DTAILFIT_BUILD_BENCH=ON. FOLDER: the src/ of a checkout of GluonTS, of which three files are
loaded without the package's other dependencies; PyTorch is needed. R's spd is called through Rscript. What is not
installed is named and left out.
"""

import argparse
import csv
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import types

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def row_functions(program, edges, weights, lower, upper, x, p):
    """cdf, log_pdf and composite_log_score at x, and quantiles at p, of a row of parameters."""
    numbers = [len(weights), *edges, *weights, *lower, *upper, len(x), len(p), *x, *p]
    text = subprocess.run([program], input=" ".join(repr(n if isinstance(n, int) else float(n)) for n in numbers),
                          check=True, capture_output=True, text=True).stdout.split("\n")
    of_x = np.array([[float(n) for n in line.split()] for line in text[: len(x)]])
    return of_x[:, 0], of_x[:, 1], of_x[:, 2], np.array([float(line) for line in text[len(x): len(x) + len(p)]])


def say(what, difference):
    print(f"  {what}: {difference:.2g}")


# ---- GluonTS


def load_gluonts(folder):
    """SplicedBinnedPareto of a checkout; what its files import beside PyTorch is not needed for a distribution."""
    def module(name, **members):
        made = types.ModuleType(name)
        made.__path__ = []
        vars(made).update(members)
        sys.modules[name] = made
        return made

    for name in ("gluonts", "gluonts.core", "gluonts.torch"):
        module(name)
    module("gluonts.core.component", validated=lambda *_, **__: lambda function: function)
    package = module("gluonts.torch.distributions")
    module("gluonts.torch.distributions.distribution_output", DistributionOutput=type("DistributionOutput", (), {}))
    for name, member in (("binned_uniforms", "BinnedUniforms"), ("generalized_pareto", "GeneralizedPareto"),
                         ("spliced_binned_pareto", "SplicedBinnedPareto")):
        full = f"gluonts.torch.distributions.{name}"
        path = os.path.join(folder, "gluonts", "torch", "distributions", f"{name}.py")
        spec = importlib.util.spec_from_file_location(full, path)
        loaded = importlib.util.module_from_spec(spec)
        sys.modules[full] = loaded
        spec.loader.exec_module(loaded)
        setattr(package, member, getattr(loaded, member))
    return package.SplicedBinnedPareto


def histogram_quantile(edges, masses, p):
    above = np.cumsum(masses)
    b = min(int(np.searchsorted(above, p, side="right")), len(masses) - 1)
    before = above[b] - masses[b]
    return edges[b] + (edges[b + 1] - edges[b]) * (p - before) / masses[b]


def compare_gluonts(program, folder, random):
    import torch
    torch.set_default_dtype(torch.float64)
    distribution = load_gluonts(folder)
    worst = {}
    for _ in range(50):
        bins, tau = int(random.integers(5, 60)), float(random.uniform(0.01, 0.2))
        low, high = -float(random.uniform(1, 30)), float(random.uniform(1, 30))
        logits = random.normal(size=bins)
        shapes, scales = random.uniform(0.05, 1.5, 2), random.uniform(0.1, 5, 2)
        theirs = distribution(low, high, torch.tensor(logits)[None], *(torch.tensor([[v]]) for v in (
            shapes[1], scales[1], shapes[0], scales[0])), numb_bins=bins, tail_percentile_gen_pareto=tau)
        edges = np.linspace(low, high, bins + 1)
        masses = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        thresholds = [histogram_quantile(edges, masses, p) for p in (tau, 1 - tau)]
        x = np.concatenate([random.uniform(3 * low, 3 * high, 40), random.uniform(*thresholds, 20)])
        p = np.concatenate([random.uniform(0, 1, 20), random.uniform(0, tau, 5), random.uniform(1 - tau, 1, 5)])
        tails = [(tau, shape, scale) for shape, scale in zip(shapes, scales)]

        inside = (edges > thresholds[0]) & (edges < thresholds[1])
        cut = np.concatenate([thresholds[:1], edges[inside], thresholds[1:]])
        of_cut = np.diff(np.interp(cut, edges, np.concatenate([[0], np.cumsum(masses)])))
        cdf, log_pdf, _, quantile = row_functions(program, cut, of_cut, *tails, x, p)
        _, _, composite, _ = row_functions(program, edges, masses, *tails, x, p)

        def at(function, points):
            return np.array([float(function(torch.tensor([one]))) for one in points])

        in_tail = (x < thresholds[0]) | (x > thresholds[1])
        plain = at(lambda one: theirs.log_prob(one, for_training=False), x)
        of_bin = plain[~in_tail] - np.log((high - low) / bins)
        # Their density has 1/(shape + 1e-6) where it should have 1/shape.
        side = (x > thresholds[1]).astype(int)
        t = np.log1p(shapes[side] / scales[side] * np.maximum(thresholds[0] - x, x - thresholds[1]).clip(0))
        slip = t / shapes[side] - t / (shapes[side] + 1e-6)
        found = {"cdf": at(theirs.cdf, x) - cdf,
                 "quantile": (at(theirs.icdf, p) - quantile) / (1 + np.abs(quantile)),
                 "log_prob in training": at(theirs.log_prob, x) + composite,
                 "the same but for the 1e-6 that they add to shapes": at(theirs.log_prob, x) + composite - slip,
                 "log_prob in the tails but for that": (plain - log_pdf - slip)[in_tail],
                 "log_prob in the body + log of a bin's width": of_bin - log_pdf[~in_tail]}
        for what, difference in found.items():
            worst[what] = max(worst.get(what, 0.0), float(np.max(np.abs(difference), initial=0.0)))
    print(f"GluonTS SplicedBinnedPareto, PyTorch {torch.__version__}, 50 distributions, greatest difference of")
    for what, difference in worst.items():
        say(what, difference)


# ---- spd


def compare_spd(build, random):
    version = subprocess.run(["Rscript", "-e", "cat(as.character(packageVersion('spd')))"], check=True,
                             capture_output=True, text=True).stdout
    print(f"R spd {version}, 20 samples of 500 to 3,000 values, greatest difference of")
    worst = {}
    gaps = []
    for _ in range(20):
        n = int(random.integers(500, 3001))
        values = random.standard_t(3, n)
        lower, upper = float(random.uniform(0.05, 0.15)), float(random.uniform(0.85, 0.95))
        with tempfile.TemporaryDirectory() as folder:
            plain, data, out = (os.path.join(folder, name) for name in ("x.txt", "x.csv", "fits.csv"))
            with open(plain, "w", encoding="utf-8") as file:
                file.writelines(f"{float(v)!r}\n" for v in values)
            with open(data, "w", encoding="utf-8") as file:
                file.write("x\n")
                file.writelines(f"{float(v)!r}\n" for v in values)
            lines = subprocess.run(["Rscript", os.path.join(HERE, "spd_of_file.R"), plain, repr(lower), repr(upper)],
                                   check=True, capture_output=True, text=True).stdout.split()
            # k and m as R computes them.
            above, below = int(n * (1 - upper)), int(n * lower) - 1
            subprocess.run([os.path.join(build, "tools", "tailfit"), "fit", data, "-o", out, "--lower-count", str(below),
                            "--upper-count", str(above)], check=True, capture_output=True)
            with open(out, encoding="utf-8", newline="") as file:
                fit = next(csv.DictReader(file))
        spd = [float(line) for line in lines]
        for side, first, sign in (("lower", 0, 1), ("upper", 4, 1)):
            ours = [float(fit[f"{side}_{name}"]) for name in ("threshold", "n", "shape", "scale")]
            theirs = spd[first: first + 4]
            for name, difference in (("thresholds", ours[0] - theirs[0]), ("numbers of exceedances", ours[1] - theirs[1]),
                                     ("shapes", ours[2] - theirs[2]), ("scales, relative", ours[3] / theirs[3] - 1)):
                worst[name] = max(worst.get(name, 0.0), abs(difference))
        gaps.append((spd[8] - (below + 1) / n, spd[12] - lower / 2))
    for what, difference in worst.items():
        say(what, difference)
    gaps = np.abs(np.array(gaps))
    print(f"  (spd by itself: pspd at the lower threshold is up to {gaps[:, 0].max():.2g} from the share of the data there; "
          f"pspd(qspd(p)) up to {gaps[:, 1].max():.2g} from p)")


# ---- paretotails, by its documented formulas


def compare_paretotails(program, random):
    worst = 0.0
    for _ in range(20):
        n, share = int(random.integers(200, 2000)), float(random.uniform(0.05, 0.2))
        x = np.sort(random.standard_t(3, n))
        ranks = (np.arange(1, n + 1) - 0.5) / n
        thresholds = np.quantile(x, [share, 1 - share], method="hazen")
        inside = (x > thresholds[0]) & (x < thresholds[1])
        edges = np.concatenate([thresholds[:1], x[inside], thresholds[1:]])
        weights = np.diff(np.concatenate([[share], ranks[inside], [1 - share]]))
        tails = [(share, 0.2, 1.0)] * 2
        cdf, _, _, quantile = row_functions(program, edges, weights, *tails, x[inside], ranks[inside])
        worst = max(worst, np.abs(cdf - ranks[inside]).max(), np.abs(quantile - x[inside]).max())
    print("MATLAB paretotails, body 'ecdf', by its documented formulas (the program itself was not run), 20 samples")
    say("cdf and quantile in the body", worst)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--gluonts", metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    program = os.path.join(arguments.build, "bench", "row_functions")
    random = np.random.default_rng(arguments.seed)
    if arguments.gluonts is None:
        print("GluonTS: left out, no --gluonts FOLDER")
    else:
        compare_gluonts(program, arguments.gluonts, random)
    has_spd = shutil.which("Rscript") is not None and subprocess.run(
        ["Rscript", "-e", "library(spd)"], capture_output=True).returncode == 0
    if has_spd:
        compare_spd(arguments.build, random)
    else:
        print("R spd: left out, Rscript or the package is not installed")
    compare_paretotails(program, random)


if __name__ == "__main__":
    main()
