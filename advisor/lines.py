"""Where in a TOML text something stands; tomllib itself keeps no positions."""

import re


def line_of(text: str, entry_id: str = "", key: str = "") -> int:
    """The 1-based line of `key` in the table of `entry_id`, or of the table's header where the key is not
    found.

    Without an entry, `text` is tomllib's own message and the line is the one it names. 1 where nothing
    fits."""
    if not entry_id:
        named = re.search(r"at line (\d+)", text)
        return int(named.group(1)) if named else 1
    quoted = rf'"?{re.escape(entry_id)}"?'
    header = re.compile(rf"^\s*\[+{quoted}[\].]|^{quoted}\s*=")
    any_header = re.compile(r"^\s*\[")
    start, inside = 1, False
    for number, line in enumerate(text.splitlines(), 1):
        if header.match(line):
            start, inside = (number if start == 1 else start), True
            if key and re.match(rf"^\s*\[+{quoted}\.\"?{re.escape(key)}\"?\]", line):
                return number
        elif any_header.match(line):
            inside = False
        elif (
            inside
            and key
            and re.match(rf'^\s*"?{re.escape(key)}"?\s*=|^\s*id\s*=\s*"{re.escape(key)}"', line)
        ):
            return number
    return start
