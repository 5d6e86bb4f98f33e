"""One PTX statement as lines of Python. Branches, calls and returns are flow.py's."""

from .operands import LOCAL_WINDOW, SHARED_WINDOW, mask_of, width_of
from .text import SIZES, PtxError

KINDS = set(SIZES)
_letters = {"b8": "B", "s8": "B", "u8": "B", "b16": "H", "s16": "H", "u16": "H", "b32": "I", "s32": "I", "u32": "I",
            "b64": "Q", "s64": "Q", "u64": "Q", "f32": "f", "f64": "d"}
_spaces = ("global", "shared", "shared::cta", "shared::cluster", "local", "param", "const")
_hints = ("volatile", "relaxed", "acquire", "release", "acq_rel", "weak", "nc", "gpu", "cluster", "cta", "sys", "ca", "cg", "cs",
          "cv", "wb", "wt", "unified")
_ordered = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "lo": "<", "ls": "<=", "hi": ">", "hs": ">="}
_unordered = {"ltu": ">=", "leu": ">", "gtu": "<=", "geu": "<"}

# Classes of instructions, for counting.
CLASSES = ("integer", "fp32", "fp64", "fp64 division", "conversion", "ld/st global", "ld/st shared", "ld/st local",
           "ld/st generic", "atomic", "branch", "shuffle/sync", "move", "parameter")


def class_of(op):
    parts = op.split(".")
    first, last = parts[0], parts[-1]
    if first in ("ld", "st", "ldu"):
        space = next((s for s in _spaces if s in parts), "generic")
        return {"param": "parameter", "const": "ld/st global"}.get(space, f"ld/st {space.partition('::')[0]}")
    if first in ("atom", "red"):
        return "atomic"
    if first in ("bra", "brx", "ret", "exit", "trap"):
        return "branch"
    if first.startswith("call"):
        return "parameter"
    if first in ("bar", "barrier", "shfl", "vote", "match", "redux", "activemask", "membar", "fence"):
        return "shuffle/sync"
    if first in ("mov", "cvta", "mapa", "getctarank"):
        return "move"
    if first == "cvt":
        return "conversion" if any(p in ("f32", "f64") for p in parts) else "integer"
    if last == "f64":
        return "fp64 division" if first in ("div", "rcp", "sqrt") else "fp64"
    return "fp32" if last == "f32" else "integer"


class Emitter:
    """Makes text; remembers which ways to memory the text names, so that the function can fetch them."""

    def __init__(self, operands):
        self.o = operands
        self.accesses = {}

    def access(self, space, verb, kind):
        name = f"{verb}_{space.replace('::', '_')}_{kind.replace('.', '_')}"
        self.accesses[name] = (space, verb, kind)
        return name

    def lines(self, s):
        parts = s.op.split(".")
        first, kind = parts[0], parts[-1]
        handler = getattr(self, "op_" + first, None)
        if handler is None or any(p in ("ftz", "sat", "approx", "full") for p in parts):
            raise PtxError(f"line {s.line}: unknown instruction: {s.text}")
        lines = handler(s, parts, kind, s.operands)
        return [lines] if isinstance(lines, str) else lines

    def set(self, target, text):
        return f"{self.o.name(target)} = {text}"

    def float_result(self, target, text, kind):
        """An arithmetic result, rounded once; odd where the register keeps NaN bits."""
        name = self.o.name(target)
        if kind == "f32":
            lines = [f"ONE_F32[0] = {text}", f"{name} = ONE_F32[0]"]
        else:
            lines = [f"{name} = {text}"]
        if target in self.o.raw:
            lines.append(f"if {name} != {name}: {name} = {'ODD32' if kind == 'f32' else 'ODD64'}")
        return lines

    # ---- arithmetic

    def _sum(self, s, kind, operands, sign):
        d, a, b = operands
        if kind in ("f32", "f64"):
            return self.float_result(d, f"{self.o.value(a, kind)} {sign} {self.o.value(b, kind)}", kind)
        return self.set(d, f"({self.o.value(a, kind)} {sign} {self.o.value(b, kind)}) & {mask_of(kind)}")

    def op_add(self, s, parts, kind, operands):
        return self._sum(s, kind, operands, "+")

    def op_sub(self, s, parts, kind, operands):
        return self._sum(s, kind, operands, "-")

    def op_mul(self, s, parts, kind, operands):
        if kind in ("f32", "f64"):
            return self._sum(s, kind, operands, "*")
        return self.set(operands[0], self._product(parts, kind, operands[1], operands[2]))

    def _product(self, parts, kind, a, b):
        w, wide = width_of(kind), "wide" in parts
        of = self.o.signed if kind[0] == "s" and "lo" not in parts else self.o.value
        product = f"{of(a, kind)} * {of(b, kind)}"
        if "hi" in parts:
            return f"({product}) >> {w} & {mask_of(kind)}"
        return f"{product} & {(1 << (2 * w if wide else w)) - 1}"

    def op_mad(self, s, parts, kind, operands):
        if kind in ("f32", "f64"):
            return self.op_fma(s, parts, kind, operands)
        d, a, b, c = operands
        w = width_of(kind) * (2 if "wide" in parts else 1)
        return self.set(d, f"(({self._product(parts, kind, a, b)}) + {self.o.value(c, kind)}) & {(1 << w) - 1}")

    def op_fma(self, s, parts, kind, operands):
        a, b, c = (self.o.value(x, kind) for x in operands[1:])
        return self.float_result(operands[0], f"fused({a}, {b}, {c}, {53 if kind == 'f64' else 24})", kind)

    def op_div(self, s, parts, kind, operands):
        d, a, b = operands
        if kind in ("f32", "f64"):
            a, b = self.o.value(a, kind), self.o.value(b, kind)
            return self.float_result(d, f"{a} / {b} if {b} else divide_by_zero({a}, {b})", kind)
        return self._whole_division(s, kind, operands, "divide_truncating")

    def op_rem(self, s, parts, kind, operands):
        return self._whole_division(s, kind, operands, "remainder_truncating")

    def _whole_division(self, s, kind, operands, how):
        of = self.o.signed if kind[0] == "s" else self.o.value
        d, a, b = operands
        return self.set(d, f"{how}({of(a, kind)}, {of(b, kind)}, {s.line}) & {mask_of(kind)}")

    def op_rcp(self, s, parts, kind, operands):
        return self.op_div(s, parts, kind, [operands[0], "0f3F800000" if kind == "f32" else "0d3FF0000000000000", operands[1]])

    def op_sqrt(self, s, parts, kind, operands):
        return self.float_result(operands[0], f"square_root({self.o.value(operands[1], kind)})", kind)

    def _extreme(self, kind, operands, python, of_floats):
        d, a, b = operands
        if kind in ("f32", "f64"):
            return self.float_result(d, f"{of_floats}({self.o.value(a, kind)}, {self.o.value(b, kind)})", kind)
        a1, b1 = self.o.value(a, kind), self.o.value(b, kind)
        if kind[0] != "s":
            return self.set(d, f"{a1} if {a1} {python} {b1} else {b1}")
        return self.set(d, f"{a1} if {self.o.ordered(a, kind)} {python} {self.o.ordered(b, kind)} else {b1}")

    def op_min(self, s, parts, kind, operands):
        return self._extreme(kind, operands, "<", "least")

    def op_max(self, s, parts, kind, operands):
        return self._extreme(kind, operands, ">", "greatest")

    def op_neg(self, s, parts, kind, operands):
        a = self.o.value(operands[1], kind)
        if kind in ("f32", "f64"):
            return self.float_result(operands[0], f"-{a}", kind)
        return self.set(operands[0], f"-{a} & {mask_of(kind)}")

    def op_abs(self, s, parts, kind, operands):
        if kind in ("f32", "f64"):
            return self.float_result(operands[0], f"abs({self.o.value(operands[1], kind)})", kind)
        return self.set(operands[0], f"abs({self.o.signed(operands[1], kind)}) & {mask_of(kind)}")

    # ---- bits

    def _bitwise(self, kind, operands, sign):
        a, b = (self.o.value(x, kind) for x in operands[1:])
        return self.set(operands[0], f"{a} {sign} {b}")

    def op_and(self, s, parts, kind, operands):
        return self._bitwise(kind, operands, "&")

    def op_or(self, s, parts, kind, operands):
        return self._bitwise(kind, operands, "|")

    def op_xor(self, s, parts, kind, operands):
        return self._bitwise(kind, operands, "^")

    def op_not(self, s, parts, kind, operands):
        a = self.o.value(operands[1], kind)
        return self.set(operands[0], f"not {a}" if kind == "pred" else f"{a} ^ {mask_of(kind)}")

    def op_shl(self, s, parts, kind, operands):
        d, a, b = operands
        w, n = width_of(kind), self.o.value(b, "u32")
        n = str(min(int(n), w)) if n.isdigit() else f"({n} if {n} < {w} else {w})"
        return self.set(d, f"{self.o.value(a, kind)} << {n} & {mask_of(kind)}")

    def op_shr(self, s, parts, kind, operands):
        d, a, b = operands
        if kind[0] == "s":
            return self.set(d, f"{self.o.signed(a, kind)} >> {self.o.value(b, 'u32')} & {mask_of(kind)}")
        return self.set(d, f"{self.o.value(a, kind)} >> {self.o.value(b, 'u32')}")

    def op_shf(self, s, parts, kind, operands):
        d, a, b, c = operands
        pair = f"({self.o.value(a, kind)} | {self.o.value(b, kind)} << 32)"
        n = self.o.value(c, "u32")
        n = f"({n} & 31)" if "wrap" in parts else f"min({n}, 32)"
        text = f"{pair} << {n} >> 32 & 4294967295" if "l" in parts else f"{pair} >> {n} & 4294967295"
        return self.set(d, text)

    def op_bfi(self, s, parts, kind, operands):
        a, b = (self.o.value(x, kind) for x in operands[1:3])
        position, length = (self.o.value(x, "u32") for x in operands[3:])
        return self.set(operands[0], f"insert_bits({a}, {b}, {position}, {length}, {width_of(kind)})")

    def op_bfe(self, s, parts, kind, operands):
        position, length = (self.o.value(x, "u32") for x in operands[2:])
        a = self.o.value(operands[1], kind)
        return self.set(operands[0], f"extract_bits({a}, {position}, {length}, {width_of(kind)}, {kind[0] == 's'})")

    def op_prmt(self, s, parts, kind, operands):
        a, b, c = (self.o.value(x, "u32") for x in operands[1:])
        return self.set(operands[0], f"permute_bytes({a}, {b}, {c})")

    def op_lop3(self, s, parts, kind, operands):
        a, b, c, table = (self.o.value(x, "u32") for x in operands[1:])
        return self.set(operands[0], f"three_inputs({a}, {b}, {c}, {table})")

    def op_clz(self, s, parts, kind, operands):
        return self.set(operands[0], f"{width_of(kind)} - {self.o.value(operands[1], kind)}.bit_length()")

    def op_popc(self, s, parts, kind, operands):
        return self.set(operands[0], f"{self.o.value(operands[1], kind)}.bit_count()")

    # ---- choice

    def op_setp(self, s, parts, kind, operands):
        compare, joined = parts[1], parts[2] if len(parts) == 4 else ""
        text = self._comparison(compare, kind, operands[1], operands[2])
        targets = operands[0].split("|")
        if not joined:
            lines = [self.set(targets[0], text)]
            return lines + [self.set(t, f"not {self.o.name(targets[0])}") for t in targets[1:]]
        other = operands[3]
        other = f"(not {self.o.name(other[1:])})" if other[0] == "!" else self.o.value(other, "pred")
        sign = {"and": "&", "or": "|", "xor": "^"}[joined]
        lines = [f"compared = {text}", f"joined = {other}", self.set(targets[0], f"compared {sign} joined")]
        return lines + [self.set(t, f"(not compared) {sign} joined") for t in targets[1:]]

    def _comparison(self, compare, kind, a, b):
        if kind in ("f32", "f64"):
            a, b = self.o.value(a, kind), self.o.value(b, kind)
            if compare in _unordered:
                return f"not {a} {_unordered[compare]} {b}"
            return {"ne": f"{a} < {b} or {a} > {b}", "neu": f"{a} != {b}", "equ": f"not ({a} < {b} or {a} > {b})",
                    "num": f"{a} == {a} and {b} == {b}",
                    "nan": f"{a} != {a} or {b} != {b}"}.get(compare) or f"{a} {_ordered[compare]} {b}"
        of = self.o.ordered if kind[0] == "s" and compare not in ("eq", "ne") else self.o.value
        return f"{of(a, kind)} {_ordered[compare]} {of(b, kind)}"

    def op_selp(self, s, parts, kind, operands):
        d, a, b, p = operands
        kind = self.o.kind(d) if self.o.is_float(d) else kind
        return self.set(d, f"{self.o.bits(a, kind)} if {self.o.name(p)} else {self.o.bits(b, kind)}")

    # ---- moves and conversions

    def op_mov(self, s, parts, kind, operands):
        d, a = operands
        if a[0] == "{":
            values = self.o.targets(a)
            w = width_of(kind) // len(values)
            return self.set(d, " | ".join(f"{self.o.value(v, f'b{w}')} << {i * w}" for i, v in enumerate(values)))
        if d[0] == "{":
            names = self.o.targets(d)
            w = width_of(kind) // len(names)
            return [self.set(n, f"{self.o.value(a, kind)} >> {i * w} & {(1 << w) - 1}")
                    for i, n in enumerate(names) if n != "_"]
        to_float = self.o.is_float(d)
        if to_float == (self.o.is_float(a) or kind[0] == "f"):
            return self.set(d, self.o.bits(a, kind))
        size = "F64" if width_of(kind) == 64 else "F32"
        if to_float:
            return [f"BITS_{size}[0] = {self.o.value(a, kind)}", self.set(d, f"ONE_{size}[0]")]
        return [f"ONE_{size}[0] = {self.o.bits(a, kind)}", self.set(d, f"BITS_{size}[0]")]

    def op_cvta(self, s, parts, kind, operands):
        window = SHARED_WINDOW if any(p.startswith("shared") for p in parts) else LOCAL_WINDOW if "local" in parts else 0
        sign = "-" if "to" in parts else "+"
        return self.set(operands[0], f"{self.o.value(operands[1], kind)} {sign} {window}")

    def _cluster_address(self, parts, operand, kind):
        """An address of shared memory, and what lies between it and a generic one."""
        return f"{self.o.value(operand, kind)}, {0 if 'shared::cluster' in parts else SHARED_WINDOW}"

    def op_mapa(self, s, parts, kind, operands):
        d, a, rank = operands
        return self.set(d, f"T.in_block({self.o.value(rank, 'u32')}, {self._cluster_address(parts, a, kind)})")

    def op_getctarank(self, s, parts, kind, operands):
        return self.set(operands[0], f"T.block_of({self._cluster_address(parts, operands[1], kind)})")

    def op_cvt(self, s, parts, kind, operands):
        to, source = parts[-2], kind
        rounding = next((p for p in parts[1:-2] if p[0] == "r"), "")
        d, a = operands
        if to[0] == "f":
            value = self.o.value(a, source)
            if source[0] != "f":
                value = self.o.signed(a, source) if source[0] == "s" else value
                exact = to == "f64" or width_of(source) <= 32
                return self.float_result(d, f"float({value})" if exact else f"f32_of_integer({value})", to)
            if len(rounding) == 3 and to == source:
                return self.float_result(d, f"to_whole({value}, '{rounding[1]}')", to)
            return self.float_result(d, value, to)
        w, signed = width_of(to), to[0] == "s"
        if source[0] == "f":
            low, high = (-(1 << w - 1), (1 << w - 1) - 1) if signed else (0, (1 << w) - 1)
            value = f"to_integer({self.o.value(a, source)}, '{rounding[1]}', {low}, {high}, {s.line})"
        elif source[0] == "s":
            value = self.o.signed(a, source)
            if self.o.width(a) > width_of(source):
                sign = 1 << width_of(source) - 1
                value = f"((({self.o.value(a, source)} & {mask_of(source)}) ^ {sign}) - {sign})"
        else:
            value = self.o.value(a, source)
            if self.o.width(a) > width_of(source):
                value = f"({value} & {mask_of(source)})"
            if self.o.width(a) <= w and not signed:
                return self.set(d, value)
        if self.o.width(d) > w and signed:
            sign = 1 << w - 1
            value = f"((({value} & {mask_of(to)}) ^ {sign}) - {sign})"
            return self.set(d, f"{value} & {(1 << self.o.width(d)) - 1}")
        return self.set(d, f"{value} & {mask_of(to)}")
