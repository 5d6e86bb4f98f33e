"""What the lanes of a warp tell each other."""

from .text import PtxError


def exchange(name, group):
    what, how = name.split(".")
    by_lane = {t.lane: t.request for t in group}
    if what == "shfl":
        for t in group:
            t.answer = _shuffled(how, t.lane, by_lane)
        return
    values = [t.request[2] for t in group]
    if what == "vote":
        ballot = sum(1 << t.lane for t in group if t.request[2])
        result = {"ballot": ballot, "any": ballot != 0, "all": all(values), "uni": len(set(values)) == 1}[how]
    elif what == "redux":
        result = values[0]
        for value in values[1:]:
            result = {"add": result + value, "min": min(result, value), "max": max(result, value), "and": result & value,
                      "or": result | value, "xor": result ^ value}[how]
    for t in group:
        t.answer = result if what != "match" else sum(1 << u.lane for u in group if u.request[2] == t.request[2])


def _shuffled(how, lane, requests):
    """PTX ISA, shfl.sync: (value, whether the source lane was in range)."""
    _, mask, value, b, c = requests[lane]
    segment, clamp = c >> 8 & 31, c & 31
    greatest = lane & segment | clamp & ~segment
    if how == "up":
        source = lane - (b & 31)
        inside = source >= greatest
    elif how == "idx":
        source = lane & segment | b & 31 & ~segment
        inside = source <= greatest
    else:
        source = lane + (b & 31) if how == "down" else lane ^ b & 31
        inside = source <= greatest
    if not inside:
        return value, False
    if source not in requests:
        raise PtxError(f"lane {lane} reads lane {source}, which is not in the mask {mask:#x}")
    return requests[source][2], True
