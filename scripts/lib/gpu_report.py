"""gpu_report.py [FILE]: JSON for scripts/verify-gpu.sh.

With FILE: succeeds where it is a valid JSON object. Without: writes the report whose facts come on
standard input, as scripts/lib/gpu_report.sh describes them.
"""

import json
import sys


def refuse(constant):
    """Python would read NaN and Infinity; JSON does not have them."""
    raise ValueError(f"{constant} is not JSON")


def read_object(path):
    with open(path, encoding="utf-8") as file:
        found = json.load(file, parse_constant=refuse)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def report(facts):
    root = {}
    for path, kind, value in facts:
        *parents, name = path.split("/")
        place = root
        for parent in parents:
            place = place.setdefault(parent, {})
        if kind == "string":
            place[name] = value
        elif kind == "json":
            place[name] = json.loads(value, parse_constant=refuse)
        elif kind == "file":
            place[name] = read_object(value)
        else:
            raise ValueError(f"a fact of kind '{kind}', expected string, json or file")
    return root


def main():
    if len(sys.argv) > 1:
        try:
            read_object(sys.argv[1])
        except (OSError, ValueError, RecursionError) as error:
            sys.exit(f"{sys.argv[1]}: {error}")
        return
    fields = sys.stdin.buffer.read().decode("utf-8", "replace").split("\0")[:-1]
    facts = zip(fields[0::3], fields[1::3], fields[2::3])
    text = json.dumps(report(facts), indent=2, ensure_ascii=True, allow_nan=False)
    sys.stdout.write(text + "\n")


main()
