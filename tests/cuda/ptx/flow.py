"""One PTX function as one Python function.

Registers are Python's local variables. The blocks of straight code form trees: a block that is reached from one place only
stands where it is reached, the others are roots that a variable selects. A loop whose head is a root and whose body is
its tree is a loop of Python. A function that may meet other threads is a coroutine.
"""

from .emit import CLASSES, class_of
from .emit_memory import MemoryEmitter
from .operands import Operands
from .text import PtxError

_greatest_depth = 40  # of a tree; Python allows 100 levels of indentation
_meeting = ("shfl", "bar", "barrier", "vote", "match", "redux")


class Block:
    def __init__(self, number):
        self.number = number
        self.statements = []
        self.branches = []  # (guard text or "", target) in order; the last may be unconditional
        self.leaves = False  # ends with ret, exit or trap


def names_of_calls(function):
    return {s.operands[1] for s in function.statements if s.op.startswith("call")}


def meeting_functions(module):
    """Functions in which a thread may wait for another."""
    waits = {f.name for f in module.functions.values()
             if any(s.op.split(".")[0] in _meeting for s in f.statements)}
    while True:
        more = {f.name for f in module.functions.values() if names_of_calls(f) & waits} - waits
        if not more:
            return waits
        waits |= more


class FunctionText:
    """Makes the Python text of a function. first_block: where its blocks' counters lie among the module's."""

    def __init__(self, function, symbols, python_names, waits, first_block):
        self.f = function
        self.o = Operands(function, symbols)
        self.emitter = MemoryEmitter(self.o)
        self.python_names = python_names
        self.waits = waits
        self.first_block = first_block
        self.tables = {s.label: s.operands for s in function.statements if s.op == ".branchtargets"}
        self.blocks = self._cut()
        self.mixes = [self._mix(b) for b in self.blocks]
        self.sources = {}  # line of the Python text -> line of the PTX text

    def _mix(self, block):
        mix = [0] * len(CLASSES)
        for s in block.statements:
            if s.op and s.op[0] != ".":
                mix[CLASSES.index(class_of(s.op))] += 1
        return mix

    # ---- blocks

    def _cut(self):
        labels, blocks = {}, [Block(0)]
        for s in self.f.statements:
            if s.label and not s.op:
                if blocks[-1].statements:
                    blocks.append(Block(len(blocks)))
                labels[s.label] = len(blocks) - 1
                continue
            blocks[-1].statements.append(s)
            if s.op.split(".")[0] in ("bra", "brx", "ret", "exit", "trap"):
                blocks.append(Block(len(blocks)))
        for block in blocks:
            self._connect(block, labels, len(blocks))
        return blocks

    def _connect(self, block, labels, n_blocks):
        last = block.statements[-1] if block.statements else None
        first = last.op.split(".")[0] if last else ""
        guard = ""
        if last is not None and last.guard:
            guard = f"{'not ' if last.negated else ''}{self.o.name(last.guard)}"
        if first == "bra":
            block.branches.append((guard, labels[last.operands[0]]))
        elif first == "brx":
            index = self.o.value(last.operands[0], "u32")
            for i, target in enumerate(self.tables[last.operands[1]]):
                block.branches.append((f"{guard + ' and ' if guard else ''}{index} == {i}", labels[target]))
        elif first in ("ret", "exit", "trap"):
            block.leaves = True
        falls = not first or first not in ("bra", "brx", "ret", "exit", "trap") or bool(guard)
        if falls and block.number + 1 < n_blocks:
            block.branches.append(("", block.number + 1))

    def _roots(self):
        reached = [0] * len(self.blocks)
        reached[0] = 2
        for block in self.blocks:
            for _, target in block.branches:
                reached[target] += 1
        roots = {i for i, n in enumerate(reached) if n > 1}
        # A tree that is too deep, and a circle that nothing outside it reaches, get roots of their own.
        seen = set()

        def walk(number, depth):
            seen.add(number)
            conditional = 0
            for guard, target in self.blocks[number].branches:
                below = depth + 1 if guard else depth
                if target in roots:
                    continue
                if below > _greatest_depth or conditional > 400:
                    roots.add(target)
                    pending.append(target)
                else:
                    stack.append((target, below))

        pending = sorted(roots)
        while pending:
            stack = [(pending.pop(), 0)]
            while stack:
                walk(*stack.pop())
        return sorted(r for r in roots if r in seen)

    def _tree(self, root, roots):
        tree, stack = [], [root]
        while stack:
            number = stack.pop()
            tree.append(number)
            stack += [t for _, t in self.blocks[number].branches if t not in roots]
        return tree

    # ---- text

    def make(self, name, first_line):
        """The lines of the function; first_line: the number that the first one will have."""
        self.out, self.first_line = [], first_line
        roots = self._roots()
        self.root_set = set(roots)
        self.number_of_root = {r: i for i, r in enumerate(roots)}
        names = ["T", "c", "sp"] + list(self.o.params.values())
        self.out.append(f"def {name}({', '.join(names)}):")
        prelude = len(self.out)
        self.out.append("")  # the ways to memory, known afterwards
        if self.o.depot_bytes:
            self.out.append(f" T.enter(sp, {self.o.depot_bytes})")
        self.out.append(" b = 0")
        self.out.append(" while True:")
        self._dispatch(roots, 2)
        if self.f.name in self.waits:
            self.out.append(" yield")
        ways = [f"{n} = T.access{a!r}" for n, a in sorted(self.emitter.accesses.items())]
        self.out[prelude] = " " + "; ".join(ways or ["pass"])
        return self.out

    def _dispatch(self, roots, indent):
        if len(roots) == 1:
            self._root(roots[0], indent)
            return
        middle = len(roots) // 2
        space = " " * indent
        self.out.append(f"{space}if b < {self.number_of_root[roots[middle]]}:")
        self._dispatch(roots[:middle], indent + 1)
        self.out.append(f"{space}else:")
        self._dispatch(roots[middle:], indent + 1)

    def _root(self, root, indent):
        tree = self._tree(root, self.root_set)
        self.root, self.loops = root, any(t == root for n in tree for _, t in self.blocks[n].branches)
        if self.loops:
            self.out.append(" " * indent + "while True:")
        self._block(root, indent + (1 if self.loops else 0))

    def _line(self, indent, text, source=0):
        if source:
            self.sources[self.first_line + len(self.out)] = source
        self.out.append(" " * indent + text)

    def _block(self, number, indent):
        while True:
            block = self.blocks[number]
            if block.statements:
                self._line(indent, f"c[{self.first_block + number}] += 1")
            for s in block.statements:
                self._statement(s, indent)
            following = self._branches(block, indent)
            if following is None:
                return
            number = following

    def _branches(self, block, indent):
        """Goes on; returns the block that follows here, if one does."""
        line = block.statements[-1].line if block.statements else 0
        for guard, target in block.branches:
            if guard:
                self._line(indent, f"if {guard}:", line)
                self._go(target, indent + 1)
            elif target in self.root_set:
                self._go(target, indent)
                return None
            else:
                return target
        last = block.statements[-1].op if block.statements else ""
        if last.startswith("brx"):
            self._line(indent, "raise PtxError('brx.idx beyond its table')", line)
        elif not block.leaves:
            self._line(indent, "raise PtxError('the end of the function was reached')", line)
        return None

    def _go(self, target, indent):
        if target not in self.root_set:
            self._block(target, indent)
        elif target == self.root:
            self._line(indent, "continue")
        else:
            self._line(indent, f"b = {self.number_of_root[target]}")
            self._line(indent, "break" if self.loops else "continue")

    def _statement(self, s, indent):
        first = s.op.split(".")[0]
        if first in ("bra", "brx") or s.op == ".branchtargets":
            return
        if s.guard:
            self._line(indent, f"if {'not ' if s.negated else ''}{self.o.name(s.guard)}:", s.line)
            indent += 1
        for text in self._lines(s, first):
            self._line(indent, text, s.line)

    def _lines(self, s, first):
        if s.op == ".param":
            variable = s.operands[0]
            return [f"{variable.name} = bytearray({variable.size})"]
        if first == "ret":
            leave = [f"T.leave(sp, {self.o.depot_bytes})"] if self.o.depot_bytes else []
            return leave + ["return"]
        if first == "exit":
            return ["raise ThreadExit"]
        if first == "trap":
            return ["raise PtxError('trap')"]
        if first == "call":
            returns, name, params = s.operands
            if name not in self.python_names:
                raise PtxError(f"line {s.line}: no function {name}")
            call = f"{self.python_names[name]}(T, c, sp + {self.o.depot_bytes}, {', '.join(params + returns)})"
            return [("yield from " if name in self.waits else "") + call]
        return self.emitter.lines(s)
