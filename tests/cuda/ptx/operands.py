"""What the registers, numbers and addresses of one PTX function are in Python."""

import re

from . import arithmetic
from .text import SIZES, PtxError

SHARED_WINDOW = 1 << 32  # where shared and local memory lie among generic addresses
SHARED_STRIDE = 1 << 24  # shared memory of block r of the cluster, by its rank: at (r + 1)*SHARED_STRIDE; the own one at 0, too
LOCAL_WINDOW = 1 << 33
GLOBAL_BASE = 1 << 36
PARAMETER_STRIDE = 1 << 20  # between the parameters of a kernel, for those whose address is taken

_float_number = re.compile(r"0([dDfF])([0-9a-fA-F]+)$")
_address = re.compile(r"\[\s*([%\w$]+)\s*(?:\+\s*(-?\w+))?\s*\]$")
_special = {"%laneid": "T.lane", "%warpid": "T.warp", "%cluster_ctarank": "T.cluster_ctarank",
            "%cluster_nctarank": "T.cluster_nctarank"}
_arithmetic = ("add", "sub", "mul", "div", "rcp", "sqrt", "fma", "mad", "neg", "abs", "min", "max", "cvt")


def width_of(kind):
    return 8 * SIZES[kind]


def mask_of(kind):
    return (1 << width_of(kind)) - 1


def _targets_of(s):
    if not s.operands or not isinstance(s.operands[0], str) or s.op.split(".")[0] in ("st", "red", "bra", "bar", "barrier"):
        return []
    return re.findall(r"%\w+", s.operands[0])


class Operands:
    """Of one function. symbols: names of shared and global variables -> their addresses."""

    def __init__(self, function, symbols):
        self.function = function
        self.symbols = symbols
        self.constants = {}  # of the generated text
        self.depots = {}
        offset = 0
        for variable in function.variables:
            if variable.space == "local":
                offset = -(-offset // variable.align) * variable.align
                self.depots[variable.name] = offset
                offset += variable.size
        self.depot_bytes = -(-offset // 16) * 16
        self.params = {p.name: f"P{i}" for i, p in enumerate(function.params)}
        self.params.update({p.name: f"RET{i}" for i, p in enumerate(function.returns)})
        self.raw = self._raw_registers()
        self.written = {r for s in function.statements for r in _targets_of(s)}

    def is_open(self, operand):
        """A register that nothing writes: what C++ left without a value."""
        return operand.startswith("%") and "." not in operand and operand not in _special and operand not in self.written

    def kind(self, register):
        name = re.sub(r"\d+$", "", register)
        kinds = self.function.registers
        if register in kinds:
            return kinds[register]
        if name in kinds:
            return kinds[name]
        raise PtxError(f"register {register} is not declared")

    def width(self, register):
        return width_of(self.kind(register))

    def is_float(self, operand):
        return operand.startswith("%") and operand not in _special and "." not in operand and \
            self.kind(operand).startswith("f")

    def _raw_registers(self):
        """Floating-point registers that anything but arithmetic writes: a NaN in one keeps its bits."""
        raw = set()
        for s in self.function.statements:
            if not s.op.split(".")[0] in _arithmetic:
                raw.update(_targets_of(s))
        return raw

    def name(self, register):
        """A register as a variable of Python."""
        if register in _special:
            return _special[register]
        if "." in register:  # %tid.x
            return "T." + register[1:].replace(".", "_")
        return register[1:].replace("$", "_")

    def number(self, operand, kind):
        match = _float_number.match(operand)
        if match:
            bits = int(match.group(2), 16)
            value = arithmetic.f64_of(bits) if match.group(1) in "dD" else arithmetic.f32_of(bits)
            if kind[0] != "f":
                return str(bits)
            if value != value or value in (arithmetic.INF, -arithmetic.INF):
                name = f"C{match.group(1).lower()}{bits:x}"
                self.constants[name] = value
                return name
            return f"({value!r})" if str(value)[0] == "-" else repr(value)
        try:
            value = int(operand.rstrip("U"), 0)
        except ValueError:
            raise PtxError(f"unknown operand {operand}") from None
        return str(value & mask_of(kind))

    def value(self, operand, kind):
        """An operand of any kind, as it is."""
        if self.is_open(operand):
            return {"f64": "ODD64", "f32": "ODD32"}.get(self.kind(operand)) or str(0xDEADBEEFDEADBEEF & mask_of(kind))
        if operand.startswith("%"):
            return self.name(operand)
        if kind == "pred":
            return "True" if int(operand, 0) & 1 else "False"
        if operand in self.depots:
            return f"(sp + {self.depots[operand]})"
        if operand in self.symbols:
            return str(self.symbols[operand])
        if operand in self.params and self.function.is_entry:
            return str(int(self.params[operand][1:]) * PARAMETER_STRIDE)
        return self.number(operand, kind)

    def bits(self, operand, kind):
        """An operand whose bits matter: a NaN of arithmetic becomes odd."""
        text = self.value(operand, kind)
        if operand.startswith("%") and self.is_float(operand) and operand not in self.raw:
            odd = "ODD64" if self.width(operand) == 64 else "ODD32"
            return f"({text} if {text} == {text} else {odd})"
        return text

    def signed(self, operand, kind):
        """A whole number with its sign."""
        sign = 1 << width_of(kind) - 1
        if operand.startswith("%") and "." not in operand:
            return f"(({self.value(operand, kind)} ^ {sign}) - {sign})"
        value = self.value(operand, kind)
        if value.isdigit():
            number = (int(value) ^ sign) - sign
            return f"({number})" if number < 0 else str(number)
        return f"(({value} ^ {sign}) - {sign})"

    def ordered(self, operand, kind):
        """A whole number that compares as the signed one does."""
        sign = 1 << width_of(kind) - 1
        value = self.value(operand, kind)
        return str(int(value) ^ sign) if value.isdigit() else f"({value} ^ {sign})"

    def address(self, operand):
        """(name or register, offset) of [name+offset]."""
        match = _address.match(operand)
        if not match:
            raise PtxError(f"unknown address {operand}")
        return match.group(1), int(match.group(2) or "0", 0)

    def address_text(self, operand, plus=0):
        base, offset = self.address(operand)
        offset += plus
        if re.fullmatch(r"\d+", base):
            return str(int(base) + offset)
        text = self.value(base, "u64")
        if text.isdigit():
            return str(int(text) + offset)
        return f"{text} + {offset}" if offset > 0 else f"{text} - {-offset}" if offset < 0 else text

    def targets(self, operand):
        """The registers of {a, b} or of a."""
        return [p.strip() for p in operand.strip("{}").split(",")]
