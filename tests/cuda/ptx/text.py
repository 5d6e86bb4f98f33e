"""PTX text, as nvcc writes it, as data: modules of functions of statements."""

import bisect
import dataclasses
import re

SIZES = {"pred": 1, "b8": 1, "s8": 1, "u8": 1, "b16": 2, "s16": 2, "u16": 2, "f16": 2, "b32": 4, "s32": 4, "u32": 4,
         "f32": 4, "b64": 8, "s64": 8, "u64": 8, "f64": 8}


class PtxError(Exception):
    """Something that the text or a run of it does and must not."""


@dataclasses.dataclass
class Variable:
    name: str
    space: str  # param, local, shared, global, const
    kind: str  # b8, u64, ...
    align: int
    size: int  # bytes; 0: as many as the launch says
    values: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Statement:
    line: int
    text: str
    place: tuple = (0, 0)  # number of the C++ file and line, where nvcc was told -lineinfo
    label: str = ""  # a label alone, or with the directive that follows it
    guard: str = ""  # a predicate register
    negated: bool = False
    op: str = ""
    operands: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Function:
    name: str
    is_entry: bool
    returns: list
    params: list
    statements: list
    registers: dict  # name without its number -> type
    variables: list  # local, shared


@dataclasses.dataclass
class Module:
    path: str
    functions: dict
    variables: list
    files: dict  # number -> name

    def entry(self, part):
        """The one entry whose name has this part."""
        found = [f for f in self.functions.values() if f.is_entry and part in f.name]
        if len(found) != 1:
            raise PtxError(f"{self.path}: {len(found)} entries with '{part}' in their names, expected one")
        return found[0]


_variable = re.compile(r"(?:\.(?:visible|extern|weak|common)\s+)*\.(param|local|shared|global|const)\s+"
                       r"(?:\.align\s+(\d+)\s+)?\.(\w+)\s+(?:\.ptr[^,]*?\s)?([\w$%]+)\s*(\[\s*(\d*)\s*\])?\s*(?:=\s*(.*))?$", re.S)
_header = re.compile(r"(?:\.(?:visible|extern|weak)\s+)*\.(entry|func)\s*(?:\(([^)]*)\))?\s*([\w$]+)\s*(?:\(([^)]*)\))?"
                     r"([^;{]*)([;{])", re.S)
_label = re.compile(r"([\w$]+)\s*:(?!:)")
_guard = re.compile(r"@(!?)(%[\w]+)\s+")
_parts = re.compile(r"\s*(\{[^}]*\}|\[[^\]]*\]|[^,\s][^,]*)")


def _without_comments(text):
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
    return re.sub(r"//[^\n]*", "", text)


def parse_variable(text):
    match = _variable.match(text.strip())
    if not match:
        raise PtxError(f"not a variable: {text}")
    space, align, kind, name, array, length, values = match.groups()
    count = int(length) if length else 0 if array else 1
    numbers = [int(v, 0) for v in values.strip(" \t\n{}").split(",")] if values else []
    if array and not length and numbers:
        count = len(numbers)
    return Variable(name, space, kind, int(align or SIZES[kind]), count * SIZES[kind], numbers)


def _split_parameters(text):
    return [parse_variable(part) for part in (text or "").split(",") if part.strip()]


class _Parser:
    def __init__(self, path, text):
        self.path = path
        self.text = _without_comments(text)
        self.ends = [m.start() for m in re.finditer("\n", self.text)]
        self.at = 0
        self.place = (0, 0)
        self.files = {}

    def line(self):
        return bisect.bisect_left(self.ends, self.at) + 1

    def skip_space(self):
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def until(self, end):
        found = self.text.index(end, self.at)
        taken, self.at = self.text[self.at:found], found + len(end)
        return taken

    def module(self):
        functions, variables = {}, []
        while True:
            self.skip_space()
            if self.at == len(self.text):
                return Module(self.path, functions, variables, self.files)
            rest = self.text[self.at:self.at + 40]
            if rest.startswith(".file"):
                number, name = self.until("\n").split(None, 2)[1:]
                self.files[int(number)] = name.split('"')[1]
            elif rest.startswith(".section"):
                self.until("}")
            elif re.match(r"\.(version|target|address_size)\b", rest):
                self.until("\n")
            elif re.match(r"(\.\w+\s+)?\.(entry|func)\b", rest):
                function = self.function()
                if function:
                    functions[function.name] = function
            else:
                variables.append(parse_variable(self.until(";")))

    def function(self):
        match = _header.match(self.text, self.at)
        kind, returns, name, params, _, end = match.groups()
        self.at = match.end()
        if end == ";":
            return None
        function = Function(name, kind == "entry", _split_parameters(returns), _split_parameters(params), [], {}, [])
        self.body(function)
        return function

    def body(self, function):
        depth = 1
        while depth > 0:
            self.skip_space()
            line = self.line()
            first = self.text[self.at]
            if first in "{}":
                depth += 1 if first == "{" else -1
                self.at += 1
                continue
            label = _label.match(self.text, self.at)
            if label:
                self.at = label.end()
                self.skip_space()
                if self.text.startswith(".branchtargets", self.at):
                    targets = self.until(";").split(None, 1)[1]
                    names = [t.strip() for t in targets.split(",")]
                    function.statements.append(Statement(line, "", label=label.group(1), op=".branchtargets", operands=names))
                else:
                    function.statements.append(Statement(line, label.group(1), label=label.group(1)))
                continue
            if re.match(r"\.loc\s", self.text[self.at:self.at + 5]):
                numbers = self.until("\n").split(",")[0].split()
                self.place = int(numbers[1]), int(numbers[2])
                continue
            self.statement(function, line, " ".join(self.until(";").split()))

    def statement(self, function, line, text):
        if text.startswith(".reg"):
            _, kind, names = text.split(None, 2)
            for name in names.split(","):
                function.registers[re.sub(r"<\d+>|\s", "", name)] = kind[1:]
        elif text.startswith((".local", ".shared")):
            function.variables.append(parse_variable(text))
        elif text.startswith(".param"):
            function.statements.append(Statement(line, text, op=".param", operands=[parse_variable(text)]))
        elif not text.startswith(".pragma"):
            function.statements.append(_instruction(line, text))
            function.statements[-1].place = self.place


def _instruction(line, text):
    statement = Statement(line, text)
    guard = _guard.match(text)
    if guard:
        statement.negated, statement.guard = guard.group(1) == "!", guard.group(2)
        text = text[guard.end():]
    op, _, rest = text.partition(" ")
    statement.op = op
    if op.startswith("call"):
        statement.operands = _call(line, rest)
    else:
        statement.operands = [p.strip() for p in _parts.findall(rest) if p.strip()]
    return statement


def _call(line, rest):
    """[names of returned parameters, function, names of parameters]"""
    match = re.fullmatch(r"\s*(?:\(([^)]*)\)\s*,)?\s*([\w$]+)\s*(?:,\s*\(([^)]*)\))?\s*", rest)
    if not match:
        raise PtxError(f"line {line}: only direct calls are known: call {rest}")
    names = [[n.strip() for n in (g or "").split(",") if n.strip()] for g in (match.group(1), match.group(3))]
    return [names[0], match.group(2), names[1]]


def parse(path, text):
    return _Parser(path, text).module()
