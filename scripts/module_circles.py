"""Circles between the modules of each crate, from the paths that its files name; exits with 1 if there are any.

    python3 scripts/module_circles.py [FOLDER]      the checkout [default: this one]

An arrow runs from a file to another file of the same crate that defines what it names with `crate::`, `super::` or a
child's name. Declaring a child and handing names on (`pub use`) are no arrows, and a name that is handed on is looked up
where it comes from; tests are left out. Two counts are made: circles of files, and circles of rooms (top-level modules, a
folder as one), with the arrows that run back up in them, that is, those that must be cut to leave none.
"""

import re
import sys
from pathlib import Path


def modules(source):
    """Each module's path, as a tuple of names, and its file."""
    found = {}
    for file in sorted(source.rglob("*.rs")):
        parts = list(file.relative_to(source).with_suffix("").parts)
        if parts[-1] in ("mod", "lib"):
            parts = parts[:-1]
        elif parts == ["main"]:
            continue
        found[tuple(parts)] = file
    return found


def code(file):
    """A file without comments, strings and what is compiled for tests alone."""
    text = file.read_text(encoding="utf-8")
    text = re.sub(r'"(\\.|[^"\\])*"', '""', text)
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r"\bpub\([^)]*\)", "pub", text)
    text = re.split(r"#\[cfg\(test\)\]\s*mod ", text)[0]
    return re.sub(r"#\[cfg\(test\)\]\s*[^;{]*;", "", text)


def paths(text):
    """Every path that is named, groups taken apart: `a::{b, c::d}` as `a::b` and `a::c::d`."""
    heads = list(re.finditer(r"\b(crate|super|self|[a-z_][a-z0-9_]*)((?:::[A-Za-z_][A-Za-z0-9_]*)*)(::\{)?", text))
    for head in heads:
        start = [head.group(1), *filter(None, head.group(2).split("::"))]
        if not head.group(3):
            yield start
            continue
        depth, at = 1, head.end()
        while depth and at < len(text):
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        inner, items, level, item = text[head.end() : at - 1], [], 0, ""
        for letter in inner:
            level += {"{": 1, "}": -1}.get(letter, 0)
            if letter == "," and level == 0:
                items.append(item)
                item = ""
            else:
                item += letter
        for item in [*items, item]:
            for rest in paths(item.strip()):
                yield start + rest


HANDED_ON = re.compile(r"pub use ([^;]+);")


def handed_on(found):
    """Names that a module hands on, and the paths that they come from."""
    names = {}
    for here, file in found.items():
        for use in HANDED_ON.findall(code(file)):
            for path in paths(use):
                names.setdefault(here, {})[path[-1]] = path
    return names


def arrows(source):
    """From module to module."""
    found = modules(source)
    names = handed_on(found)

    def follow(target, rest, depth=0):
        """The module that defines what `rest` names below `target`."""
        for at, name in enumerate(rest):
            if (*target, name) in found:
                target = (*target, name)
                continue
            origin = names.get(target, {}).get(name)
            if origin and depth < 5:
                start = () if origin[0] == "crate" else target[:-1] if origin[0] == "super" else target
                path = origin[1:] if origin[0] in ("crate", "super", "self") else origin
                if start != target or path != list(rest[at:]):
                    return follow(start, path, depth + 1)
            break
        return target

    for here, file in found.items():
        is_parent = file.name in ("mod.rs", "lib.rs") or any(other[: len(here)] == here and other != here for other in found)
        for path in paths(HANDED_ON.sub("", code(file))):
            at = list(here)
            if path[0] == "crate":
                at, path = [], path[1:]
            elif path[0] in ("super", "self"):
                while path and path[0] in ("super", "self"):
                    at = at[:-1] if path[0] == "super" else at
                    path = path[1:]
            elif not (is_parent and len(path) > 1 and (*here, path[0]) in found):
                continue
            target = follow(tuple(at), path)
            if target != here and target in found:
                yield here, target


def circles(edges):
    """Sets of nodes that reach each other (Tarjan)."""
    after = {}
    for a, b in edges:
        after.setdefault(a, set()).add(b)
        after.setdefault(b, set())
    index, low, stack, result = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(after[node]):
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            members = []
            while not members or members[-1] != node:
                members.append(stack.pop())
            if len(members) > 1:
                result.append(sorted(members))

    sys.setrecursionlimit(10_000)
    for node in sorted(after):
        if node not in index:
            visit(node)
    return result


def back_up(edges, circle):
    """How many arrows of a circle run back up, in the order that a search from the most imported finds."""
    inside = {(a, b) for a, b in edges if a in circle and b in circle}
    rest, count = set(circle), 0
    while rest:
        leaves = lambda node: len({b for a, b in inside if a == node and b in rest})
        node = min(sorted(rest), key=leaves)
        count += leaves(node)
        rest.remove(node)
        inside = {(a, b) for a, b in inside if b != node or a in rest}
    return count


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    total = [0, 0]
    name = lambda module: "::".join(module) or "lib"
    for source in sorted(root.glob("crates/*/src")):
        crate, edges = source.parent.name, set(arrows(source))
        # The crate's face names everything, and nothing may name it.
        rooms = {(a[:1], b[:1]) for a, b in edges if a[:1] != b[:1] and a and b}
        for kind, graph, place in (("files", edges, 0), ("rooms", rooms, 1)):
            for circle in circles(graph):
                total[place] += 1
                print(f"{crate}: circle of {len(circle)} {kind}, {back_up(graph, circle)} arrows back up: "
                      + ", ".join(map(name, circle)))
    print(f"{total[0]} circles of files, {total[1]} of rooms")
    sys.exit(1 if any(total) else 0)


if __name__ == "__main__":
    main()
