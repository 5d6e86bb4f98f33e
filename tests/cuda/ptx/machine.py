"""Modules made executable, and launches of their kernels."""

import collections
import linecache
import random
import struct

from . import arithmetic, flow, text
from .cluster import Cluster, Shape, indices_of
from .emit import CLASSES
from .memory import GUARD, History, Memory, Races, combination
from .operands import GLOBAL_BASE, width_of
from .text import PtxError

_formats = {k: struct.Struct("<" + k) for k in "BHIQfd"}


class ThreadExit(Exception):
    pass


def misaligned(address, size):
    raise PtxError(f"misaligned access to {size} bytes at {address:#x}")


class Program:
    """The Python functions of a PTX module."""

    def __init__(self, machine, module):
        self.module, self.path = module, module.path
        waits = flow.meeting_functions(module)
        names = {f: f"function{i}" for i, f in enumerate(module.functions)}  # f0 is a register
        self.shared, self.symbols = {}, {}
        self._place_variables(machine)
        constants, lines, self.sources, self.mixes, self.first = {}, [], {}, [], {}
        self.blocks = []
        for function in list(module.functions.values()):
            made = flow.FunctionText(function, self._symbols_of(function), names, waits, len(self.mixes))
            lines += made.make(names[function.name], len(lines) + 1)
            constants.update(made.o.constants)
            self.sources.update(made.sources)
            self.mixes += made.mixes
            self.blocks += made.blocks
        source = "\n".join(lines) + "\n"
        self.file = f"<{self.path}>"
        linecache.cache[self.file] = (len(source), None, [line + "\n" for line in lines], self.file)
        space = {k: v for k, v in vars(arithmetic).items() if not k.startswith("__")}
        space.update(constants, PtxError=PtxError, ThreadExit=ThreadExit, misaligned=misaligned)
        for kind, form in _formats.items():
            space[f"PACK_{kind}"], space[f"UNPACK_{kind}"] = form.pack_into, form.unpack_from
        exec(compile(source, self.file, "exec"), space)
        self.functions = {f: space[n] for f, n in names.items()}
        self.waits = waits

    def _place_variables(self, machine):
        for variable in self.module.variables:
            if variable.space in ("global", "const"):
                code = _formats[{"f32": "f", "f64": "d"}.get(variable.kind) or " BH I   Q"[text.SIZES[variable.kind]]]
                data = b"".join(code.pack(v % (1 << 8 * code.size)) for v in variable.values)
                self.symbols[variable.name] = machine.allocate(variable.size, data.ljust(variable.size, b"\0"))

    def _reached(self, function):
        names, found = [function.name], {}
        while names:
            name = names.pop()
            if name not in found:
                found[name] = self.module.functions[name]
                names += flow.names_of_calls(found[name])
        return found.values()

    def _symbols_of(self, function):
        """Shared variables of this function and of those that it calls, then what the launch adds."""
        at, symbols, allocations = GUARD, dict(self.symbols), []
        own = [v for f in self._reached(function) for v in f.variables if v.space == "shared"]
        common = [v for v in self.module.variables if v.space == "shared"]
        for variable in sorted(own + common, key=lambda v: v.size == 0):
            at = -(-at // max(variable.align, 16)) * max(variable.align, 16)
            symbols[variable.name] = at
            allocations.append((at, variable.size))
            at += variable.size
        self.shared[function.name] = allocations
        return symbols

    def line_of(self, python_line):
        return self.sources.get(python_line, 0)

    def place_of(self, traceback):
        """The PTX line that an exception passed last."""
        line = 0
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self.file:
                line = self.line_of(traceback.tb_lineno) or line
            traceback = traceback.tb_next
        return f"{self.path}:{line}: " + self.statement(line)

    def statement(self, line):
        for function in self.module.functions.values():
            for s in function.statements:
                if s.line == line and s.text:
                    return s.text
        return "?"


class Counts:
    """Instructions that a launch executed: for each thread how often it ran each block."""

    def __init__(self, program):
        self.program = program
        self.threads = []  # (block, thread, counters)

    def of_thread(self, counters):
        total = [0] * len(CLASSES)
        for n, mix in zip(counters, self.program.mixes):
            if n:
                total = [t + n * m for t, m in zip(total, mix)]
        return dict(zip(CLASSES, total))

    def classes(self):
        return self.of_thread(list(map(sum, zip(*[c for _, _, c in self.threads]))))

    def by_source(self):
        """Instructions executed for each line of the C++ text, of PTX made with -lineinfo: {(file, line): n}."""
        sums = list(map(sum, zip(*[c for _, _, c in self.threads])))
        found = collections.Counter()
        for times, block in zip(sums, self.program.blocks):
            for s in block.statements:
                if times and s.op and s.op[0] != ".":
                    found[self.program.module.files.get(s.place[0], "?").split("/")[-1], s.place[1]] += times
        return found

    def hottest(self, n):
        """[(how often, PTX line, text)], all threads together."""
        sums = list(map(sum, zip(*[c for _, _, c in self.threads])))
        found = [(times, s.line, s.text) for times, block in zip(sums, self.program.blocks) if times
                 for s in block.statements]
        return sorted(found, reverse=True)[:n]


class Machine:
    def __init__(self, seed=1, capacity=16 << 20, check_races=True):
        self.random = random.Random(seed)
        self.current = 0  # the thread that runs, by its number in the cluster
        self.races = Races(self)
        self.check_races = check_races
        self.open_local_reads = collections.Counter()  # PTX lines that read local memory that was never written
        history = History(self.races, "global") if check_races else None
        self.memory = Memory("global", GLOBAL_BASE, capacity, history)
        self.end = GUARD
        self.global_ways = {}

    def allocate(self, size, data=None):
        """Global memory, 256-byte aligned between guards; returns its address."""
        offset = -(-self.end // 256) * 256
        self.end = offset + size + GUARD
        if self.end + GUARD > self.memory.size:
            raise PtxError(f"{self.end + GUARD} bytes of global memory are needed, {self.memory.size} there")
        self.memory.allocate(offset, size)
        if data is not None:
            self.memory.put(GLOBAL_BASE + offset, data)
        return GLOBAL_BASE + offset

    def load(self, path):
        with open(path) as file:
            return Program(self, text.parse(str(path), file.read()))

    def way(self, memory, ways, verb, kind):
        """The function by which generated text does this to that memory, made once."""
        key = (verb, kind)
        if key not in ways:
            if verb == "atomic":
                name, kind = kind.split(".")
                letter = {"f32": "f", "f64": "d"}.get(kind) or ("I" if width_of(kind) == 32 else "Q")
                ways[key] = memory.atomic(letter, combination(name, kind, width_of(kind)))
            else:
                ways[key] = getattr(memory, verb)(kind)
        return ways[key]

    def launch(self, program, entry, grid, block, params, dynamic_shared=0, cluster=(1, 1, 1)):
        """params: bytes of each. grid, block, cluster (of blocks): (x, y, z). Returns Counts."""
        function = program.module.entry(entry)
        if len(params) != len(function.params):
            raise PtxError(f"{len(params)} parameters for {len(function.params)}")
        for variable, data in zip(function.params, params):
            if len(data) != variable.size:
                raise PtxError(f"{len(data)} bytes for {variable.name}, which takes {variable.size}")
        if any(n % of != 0 for n, of in zip(grid, cluster)):
            raise PtxError(f"a grid of {grid} blocks has no clusters of {cluster}")
        shape = Shape(grid, block, cluster)
        counts, indices = Counts(program), indices_of(shape.n_clusters)
        self.random.shuffle(indices)
        for index in indices:
            Cluster(self, program, function, index, shape, params, dynamic_shared, counts).run()
        return counts
