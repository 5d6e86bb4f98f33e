"""Statements that touch memory or other threads."""

from . import emit
from .emit import Emitter
from .operands import mask_of, width_of
from .text import SIZES, PtxError


class MemoryEmitter(Emitter):
    def _vector(self, parts):
        return next((int(p[1:]) for p in parts if p in ("v2", "v4")), 1)

    def _space(self, parts):
        space = next((p for p in parts if p in emit._spaces), "generic")
        return {"const": "global", "shared::cta": "shared"}.get(space, space)

    def _check_words(self, s, parts):
        known = set(emit._hints) | set(emit._spaces) | emit.KINDS | {"v2", "v4", "ld", "st"}
        unknown = [p for p in parts if p not in known]
        if unknown:
            raise PtxError(f"line {s.line}: unknown word {unknown[0]}: {s.text}")

    def _letter(self, kind, register):
        if kind[0] == "b" and register.startswith("%") and self.o.is_float(register):
            return "f" if width_of(kind) == 32 else "d"
        return emit._letters[kind]

    def _alignment(self, operand, n, size, line):
        if n == 1:
            return []
        address = self.o.address_text(operand)
        return [f"if ({address}) % {n * size}: misaligned({address}, {n * size})"]

    def op_ld(self, s, parts, kind, operands):
        self._check_words(s, parts)
        space, n, size = self._space(parts), self._vector(parts), SIZES[kind]
        lines = [] if space == "param" else self._alignment(operands[1], n, size, s.line)
        for i, target in enumerate(self.o.targets(operands[0])):
            letter = self._letter(kind, target)
            text = self._loaded(space, letter, operands[1], i * size, s.line)
            if kind[0] == "s" and self.o.width(target) > width_of(kind):
                sign = 1 << width_of(kind) - 1
                text = f"({text} ^ {sign}) - {sign} & {(1 << self.o.width(target)) - 1}"
            lines.append(self.set(target, text))
        return lines

    def _loaded(self, space, letter, operand, plus, line):
        if space == "param":
            name, offset = self.o.address(operand)
            if name.startswith("%"):
                return f"T.parameter({self.o.address_text(operand, plus)}, '{letter}')"
            return f"UNPACK_{letter}({self.o.params.get(name, name)}, {offset + plus})[0]"
        return f"{self.access(space, 'load', letter)}({self.o.address_text(operand, plus)}, {line})"

    def op_st(self, s, parts, kind, operands):
        self._check_words(s, parts)
        space, n, size = self._space(parts), self._vector(parts), SIZES[kind]
        lines = [] if space == "param" else self._alignment(operands[0], n, size, s.line)
        for i, source in enumerate(self.o.targets(operands[1])):
            letter = self._letter(kind, source)
            if space == "local" and self.o.is_open(source):
                lines.append(f"T.local.allocate({self.o.address_text(operands[0], i * size)}, {size})")
                continue
            text = self.o.bits(source, kind)
            if kind[0] != "f" and source.startswith("%") and not self.o.is_float(source) and \
                    self.o.width(source) > width_of(kind):
                text = f"{text} & {mask_of(kind)}"
            if space == "param":
                name, offset = self.o.address(operands[0])
                lines.append(f"PACK_{letter}({self.o.params.get(name, name)}, {offset + i * size}, {text})")
            else:
                store = self.access(space, "store", letter)
                lines.append(f"{store}({self.o.address_text(operands[0], i * size)}, {text}, {s.line})")
        return lines

    def op_atom(self, s, parts, kind, operands):
        name = next(p for p in parts if p in ("add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec"))
        if name in ("cas", "inc", "dec"):
            raise PtxError(f"line {s.line}: unknown atomic operation: {s.text}")
        do = self.access(self._space(parts), "atomic", f"{name}.{kind}")
        target, operand, value = operands if parts[0] == "atom" else ["_", *operands]
        text = f"{do}({self.o.address_text(operand)}, {self.o.bits(value, kind)}, {s.line})"
        return text if target == "_" else self.set(target, text)

    def op_red(self, s, parts, kind, operands):
        if "async" in parts:
            raise PtxError(f"line {s.line}: unknown instruction: {s.text}")
        return self.op_atom(s, parts, kind, operands)

    # ---- operations of several threads: what is yielded is a request, the answer comes back

    def op_shfl(self, s, parts, kind, operands):
        if parts[1] != "sync":
            raise PtxError(f"line {s.line}: a shuffle without .sync: {s.text}")
        d, a, b, c, members = operands
        text = ", ".join(self.o.value(x, "u32") for x in (members, a, b, c))
        target, _, predicate = d.partition("|")
        pair = f"{self.o.name(target)}, {self.o.name(predicate) if predicate else 'joined'}"
        return f"{pair} = yield ('shfl.{parts[2]}', {text})"

    def op_vote(self, s, parts, kind, operands):
        d, a, members = operands
        value = f"(not {self.o.name(a[1:])})" if a[0] == "!" else self.o.value(a, "pred")
        return self.set(d, f"yield ('vote.{parts[2]}', {self.o.value(members, 'u32')}, {value})")

    def op_match(self, s, parts, kind, operands):
        d, a, members = operands
        if parts[1:3] != ["any", "sync"]:
            raise PtxError(f"line {s.line}: unknown instruction: {s.text}")
        return self.set(d, f"yield ('match.any', {self.o.value(members, 'u32')}, {self.o.value(a, kind)})")

    def op_redux(self, s, parts, kind, operands):
        d, a, members = operands
        value = self.o.signed(a, kind) if kind[0] == "s" else self.o.value(a, kind)
        return self.set(d, f"(yield ('redux.{parts[2]}', {self.o.value(members, 'u32')}, {value})) & {mask_of(kind)}")

    def op_bar(self, s, parts, kind, operands):
        if parts[1] == "warp":
            return f"yield ('bar.warp.sync', {self.o.value(operands[0], 'u32')})"
        if parts[-1] != "sync" and parts[1:] != ["cta", "sync"] or len(operands) > 1:
            raise PtxError(f"line {s.line}: unknown barrier: {s.text}")
        return f"yield ('bar.sync', {self.o.value(operands[0], 'u32')})"

    def op_barrier(self, s, parts, kind, operands):
        if parts[1:3] == ["cluster", "arrive"] and set(parts[3:]) <= {"release", "relaxed", "aligned"}:
            return f"T.arrive_at_cluster({'relaxed' not in parts})"
        if parts[1:3] == ["cluster", "wait"] and set(parts[3:]) <= {"acquire", "aligned"}:
            return "yield ('cluster.wait',)"
        if parts[1:] not in (["sync"], ["sync", "aligned"], ["cta", "sync"], ["cta", "sync", "aligned"]) or len(operands) > 1:
            raise PtxError(f"line {s.line}: unknown barrier: {s.text}")
        return f"yield ('bar.sync', {self.o.value(operands[0], 'u32')})"

    def op_membar(self, s, parts, kind, operands):
        return "pass"

    op_fence = op_membar
