"""Texts that are refused, each with the whole message: place, code, fact and cure."""

from __future__ import annotations

YAML = [
    ("a:\n\tb: 1", "2:1: error[CNN101]: a tab stands where YAML reads only spaces (indent with spaces)"),
    ("a: 1\n\tb: 2", "2:1: error[CNN101]: a tab stands where YAML reads only spaces (indent with spaces)"),
    ("- a\n\t- b", "2:1: error[CNN101]: a tab stands where YAML reads only spaces (indent with spaces)"),
    ("a: |\n\tb", "2:1: error[CNN101]: a tab stands where YAML reads only spaces (indent with spaces)"),
    ("a: @x", "1:4: error[CNN101]: '@' cannot begin a value (quote the text)"),
    (
        "a: b: c",
        "1:5: error[CNN101]: this ':' ends a key where no key can stand (align it with the keys above, or quote the text that contains ': ')",
    ),
    (
        "a: 1\n b: 2",
        "2:3: error[CNN101]: this ':' ends a key where no key can stand (align it with the keys above, or quote the text that contains ': ')",
    ),
    ("a: ? b", "1:4: error[CNN101]: no key can stand here (quote the text that begins with '? ')"),
    (
        "a: - b",
        "1:4: error[CNN101]: no list item can stand here (begin it on a line of its own, or quote the text that begins with '- ')",
    ),
    (
        "- conv3-64\n-bn\n",
        "2:1: error[CNN101]: this is neither a key nor a list item (write 'key: value' or '- item', with the space)",
    ),
    (
        "a: 1\nb\nc: 2",
        "2:1: error[CNN101]: this is neither a key nor a list item (write 'key: value' or '- item', with the space)",
    ),
    (
        "a: 1\n- b",
        "2:1: error[CNN101]: a key or the end is missing before '-', in the mapping that begins on line 1 (align the keys, and quote a value that has text after its closing quote or bracket)",
    ),
    (
        "x: 1\na: 'b' c",
        "2:8: error[CNN101]: a key or the end is missing before 'c', in the mapping that begins on line 1 (align the keys, and quote a value that has text after its closing quote or bracket)",
    ),
    (
        "- a\nb: 1",
        "2:1: error[CNN101]: '- ' or the end is missing before 'b', in the list that begins on line 1 (align the items, and quote an item that has text after its closing quote or bracket)",
    ),
    (
        "[a, b",
        "1:6: error[CNN101]: ',' or ']' is missing before the end of the text, after the '[' of line 1 (close it, or quote an item that contains brackets, braces or ': ')",
    ),
    (
        "- [conv1-{C}]",
        "1:10: error[CNN101]: ',' or ']' is missing before '{', after the '[' of line 1 (close it, or quote an item that contains brackets, braces or ': ')",
    ),
    (
        "{a: 1 b: 2}",
        "1:8: error[CNN101]: ',' or '}' is missing before ':', after the '{' of line 1 (close it, or quote a value that contains brackets, braces or ': ')",
    ),
    (
        "{a: 1",
        "1:6: error[CNN101]: ',' or '}' is missing before the end of the text, after the '{' of line 1 (close it, or quote a value that contains brackets, braces or ': ')",
    ),
    (
        "[a,,b]",
        "1:4: error[CNN101]: a value is missing before ',' (write it, or quote the text that begins so)",
    ),
    (
        "a: ]",
        "1:4: error[CNN101]: a value is missing before ']' (write it, or quote the text that begins so)",
    ),
    ("- 'x\n  y", "1:3: error[CNN101]: the quoted text is never closed (close it with the same quote)"),
    (
        'a: "\\q"',
        "1:4: error[CNN101]: the quoted text has an escape that YAML does not know (use single quotes, which know no escapes, or double the backslash)",
    ),
    (
        'a: "\\xzz"',
        "1:4: error[CNN101]: the quoted text has an escape that YAML does not know (use single quotes, which know no escapes, or double the backslash)",
    ),
    (
        "a: |x\n b",
        "1:5: error[CNN101]: the text of a block begins below its '|' or '>' (begin it on the next line, or quote the text)",
    ),
    ("{z:}", "1:3: error[CNN101]: a space is missing after ':' (write 'key: value', or quote the text)"),
    ("[1]]", "1:4: error[CNN101]: the value has ended before this (remove it, or quote the whole value)"),
    ("'a' b", "1:5: error[CNN101]: the value has ended before this (remove it, or quote the whole value)"),
    (
        "a: &x 1\nb: *x",
        "1:4: error[CNN167]: a spec has no anchors and aliases like '&x' (write the value out, define a block, or quote the text that begins with '&')",
    ),
    (
        "a: [*y]",
        "1:5: error[CNN167]: a spec has no anchors and aliases like '*y' (write the value out, define a block, or quote the text that begins with '*')",
    ),
    (
        "a: * 2",
        "1:4: error[CNN167]: a spec has no anchors and aliases like '*' (write the value out, define a block, or quote the text that begins with '*')",
    ),
    (
        "a: !!int 1",
        "1:4: error[CNN168]: a spec has no tags like '!!int' (remove it, or quote the text that begins with '!')",
    ),
    (
        "a: !",
        "1:4: error[CNN168]: a spec has no tags like '!' (remove it, or quote the text that begins with '!')",
    ),
    (
        "- !conv {}",
        "1:3: error[CNN168]: a spec has no tags like '!conv' (remove it, or quote the text that begins with '!')",
    ),
    (
        "!a!b c",
        "1:1: error[CNN168]: a spec has no tags like '!a!b' (remove it, or quote the text that begins with '!')",
    ),
    ("a: 1\n---\nb: 2", "2:1: error[CNN169]: a second document begins here (put it into a file of its own)"),
    ("a: 1\n...\nb: 2", "3:1: error[CNN169]: a second document begins here (put it into a file of its own)"),
    (
        "%YAML 1.2\n---\na: 1",
        "1:1: error[CNN170]: a spec has no directives like '%YAML 1.2' (remove the line)",
    ),
    (
        "# c\n%TAG ! x\n---\na",
        "2:1: error[CNN170]: a spec has no directives like '%TAG ! x' (remove the line)",
    ),
    (
        "a: 1\n...\n%YAML 1.2\n---\nb",
        "3:1: error[CNN170]: a spec has no directives like '%YAML 1.2' (remove the line)",
    ),
    ("a: 1\n%b: 2", "2:1: error[CNN170]: a spec has no directives like '%b: 2' (remove the line)"),
    ("a: 1\nb: 2\na: 3", "3:1: error[CNN165]: the key 'a' appears twice (keep one: line 1 has it too)"),
    ('{x: 1, "x": 2}', "1:8: error[CNN165]: the key 'x' appears twice (keep one: line 1 has it too)"),
    (
        "a:\n  b: 1\n  c: 2\n  b: 3",
        "4:3: error[CNN165]: the key 'b' appears twice (keep one: line 2 has it too)",
    ),
    ("1: a", '1:1: error[CNN166]: the key 1 is not a string (quote it: "1")'),
    ("true: 1", '1:1: error[CNN166]: the key true is not a string (quote it: "true")'),
    ("- {~: 1}", '1:4: error[CNN166]: the key ~ is not a string (quote it: "~")'),
    (
        "{: 1}",
        "1:2: error[CNN101]: a value is missing before ':' (write it, or quote the text that begins so)",
    ),
    ("? \n", "1:2: error[CNN166]: a key is missing here (write it before the colon)"),
    ("[a]: 1", "1:1: error[CNN166]: a list or mapping cannot be a key (quote it, if it is meant as text)"),
    ("{{C}}: 1", "1:1: error[CNN166]: a list or mapping cannot be a key (quote it, if it is meant as text)"),
    (
        "? - a\n: b",
        "1:3: error[CNN166]: a list or mapping cannot be a key (quote it, if it is meant as text)",
    ),
    (
        "a: 1000000000000001",
        "1:4: error[CNN171]: the integer '1000000000000001' is beyond 10^15 (no size or count of a network is that large)",
    ),
    (
        "a: 1" + "0" * 200,
        "1:4: error[CNN171]: the integer '10000000000000000000000…' is beyond 10^15 (no size or count of a network is that large)",
    ),
    (
        "a: 1." + "0" * 200,
        "1:4: error[CNN171]: the number '1.000000000000000000000…' has 202 characters (at most 100 are read)",
    ),
    ("a: .inf", "1:4: error[CNN172]: '.inf' is not a finite number (write a number within ±1.7e308)"),
    ("a: -.INF", "1:4: error[CNN172]: '-.INF' is not a finite number (write a number within ±1.7e308)"),
    ("a: .nan", "1:4: error[CNN172]: '.nan' is not a finite number (write a number within ±1.7e308)"),
    ("a: 1e999", "1:4: error[CNN172]: '1e999' is not a finite number (write a number within ±1.7e308)"),
    (
        "",
        "1:1: error[CNN160]: the spec is empty (write at least {cnncalc: 1, input: 3x32x32, layers: [conv3-16, relu]})",
    ),
    (
        " \n# nothing\n",
        "1:1: error[CNN160]: the spec is empty (write at least {cnncalc: 1, input: 3x32x32, layers: [conv3-16, relu]})",
    ),
    (
        "---\n",
        "1:1: error[CNN160]: the spec is empty (write at least {cnncalc: 1, input: 3x32x32, layers: [conv3-16, relu]})",
    ),
    (
        "--- # c\n...\n",
        "1:1: error[CNN160]: the spec is empty (write at least {cnncalc: 1, input: 3x32x32, layers: [conv3-16, relu]})",
    ),
    ("a: \x00", "1:4: error[CNN161]: the character U+0000 cannot stand in a spec (remove it)"),
    ("a: \x1b[31m", "1:4: error[CNN161]: the character U+001B cannot stand in a spec (remove it)"),
    ("x\ufeff", "1:2: error[CNN161]: the character U+FEFF cannot stand in a spec (remove it)"),
    ("\ud800", "1:1: error[CNN161]: the character U+D800 cannot stand in a spec (remove it)"),
    ('a: "\\0"', "1:4: error[CNN161]: the character U+0000 cannot stand in a spec (remove it)"),
    ('a: "\\ud800"', "1:4: error[CNN161]: an escape stands for no character (remove it)"),
    ('a: "\\U00110000"', "1:4: error[CNN161]: an escape stands for no character (remove it)"),
    ("\uffff", "1:1: error[CNN161]: the character U+FFFF cannot stand in a spec (remove it)"),
]

JSON = [
    (
        '{"a": [1,\n 2 \n\n',
        "2:3: error[CNN101]: ',' or ']' is missing before the end of the text, after the '[' of line 1 (write it)",
    ),
    (
        "",
        '1:1: error[CNN160]: the spec is empty (write at least {"cnncalc": 1, "input": "3x32x32", "layers": ["conv3-16", "relu"]})',
    ),
    (
        "\n",
        '1:1: error[CNN160]: the spec is empty (write at least {"cnncalc": 1, "input": "3x32x32", "layers": ["conv3-16", "relu"]})',
    ),
    (
        "[1, 2",
        "1:6: error[CNN101]: ',' or ']' is missing before the end of the text, after the '[' of line 1 (write it)",
    ),
    (
        '{"a": 1',
        "1:8: error[CNN101]: ',' or '}' is missing before the end of the text, after the '{' of line 1 (write it)",
    ),
    ("[1 2]", "1:4: error[CNN101]: ',' or ']' is missing before '2', after the '[' of line 1 (write it)"),
    ('{"a" 1}', "1:6: error[CNN101]: ':' is missing before '1' (write \"key\": value)"),
    ("{a: 1}", "1:2: error[CNN101]: a key in double quotes is missing before 'a' (quote every key)"),
    ("{'a': 1}", '1:2: error[CNN101]: a key in double quotes is missing before "\'" (quote every key)'),
    ("[1,]", "1:3: error[CNN101]: nothing follows the ',' before ']' (remove the comma)"),
    ('{"a": 1,}', "1:8: error[CNN101]: nothing follows the ',' before '}' (remove the comma)"),
    ("[,]", "1:2: error[CNN101]: a value is missing before ',' (write it)"),
    ('{"a":}', "1:6: error[CNN101]: a value is missing before '}' (write it)"),
    ("// c\n[]", "1:1: error[CNN101]: JSON has no comments (remove it, or write YAML)"),
    ("[1, # c\n2]", "1:5: error[CNN101]: JSON has no comments (remove it, or write YAML)"),
    ("[1 /* c */]", "1:4: error[CNN101]: JSON has no comments (remove it, or write YAML)"),
    ("{ // c\n}", "1:3: error[CNN101]: JSON has no comments (remove it, or write YAML)"),
    ('["a" // c\n]', "1:6: error[CNN101]: JSON has no comments (remove it, or write YAML)"),
    (
        "[True]",
        "1:2: error[CNN101]: 'True' is not a JSON value (put text into double quotes, and write numbers like 10, -0.5 or 1e3)",
    ),
    (
        "01",
        "1:1: error[CNN101]: '01' is not a JSON value (put text into double quotes, and write numbers like 10, -0.5 or 1e3)",
    ),
    (
        "[1.]",
        "1:2: error[CNN101]: '1.' is not a JSON value (put text into double quotes, and write numbers like 10, -0.5 or 1e3)",
    ),
    (
        "+1",
        "1:1: error[CNN101]: '+1' is not a JSON value (put text into double quotes, and write numbers like 10, -0.5 or 1e3)",
    ),
    ('"\\q"', "1:2: error[CNN101]: JSON does not know this escape (double the backslash)"),
    (
        '["a\nb"]',
        '1:2: error[CNN101]: the string is not closed on its line (close it with ", and write \\n for a line break)',
    ),
    ('"a\tb"', "1:3: error[CNN101]: a tab stands in a string (write \\t)"),
    (
        '"abc',
        '1:1: error[CNN101]: the string is not closed on its line (close it with ", and write \\n for a line break)',
    ),
    ("1 2", "1:3: error[CNN101]: the value has ended before this (remove it)"),
    ("{} {}", "1:4: error[CNN101]: the value has ended before this (remove it)"),
    ("NaN", "1:1: error[CNN172]: 'NaN' is not a finite number (write a number within ±1.7e308)"),
    (
        "[-Infinity]",
        "1:2: error[CNN172]: '-Infinity' is not a finite number (write a number within ±1.7e308)",
    ),
    ("[1e999]", "1:2: error[CNN172]: '1e999' is not a finite number (write a number within ±1.7e308)"),
    (
        "1000000000000001",
        "1:1: error[CNN171]: the integer '1000000000000001' is beyond 10^15 (no size or count of a network is that large)",
    ),
    (
        "1" * 200,
        "1:1: error[CNN171]: the integer '11111111111111111111111…' is beyond 10^15 (no size or count of a network is that large)",
    ),
    (
        '{"a": 1,\n "b": 2,\n "\\u0061": 3}',
        "3:2: error[CNN165]: the key 'a' appears twice (keep one: line 1 has it too)",
    ),
    ("{1: 2}", "1:2: error[CNN101]: a key in double quotes is missing before '1' (quote every key)"),
    ('"\\ud800"', "1:1: error[CNN161]: the character U+D800 cannot stand in a spec (remove it)"),
    ('"\\u0000"', "1:1: error[CNN161]: the character U+0000 cannot stand in a spec (remove it)"),
    ('["\x01"]', "1:3: error[CNN161]: the character U+0001 cannot stand in a spec (remove it)"),
    ("[]]", "1:3: error[CNN101]: the value has ended before this (remove it)"),
]

TOML = [
    (
        "",
        '1:1: error[CNN160]: the spec is empty (write at least the lines cnncalc = 1, input = "3x32x32" and layers = ["conv3-16", "relu"])',
    ),
    (
        "# c\n",
        '1:1: error[CNN160]: the spec is empty (write at least the lines cnncalc = 1, input = "3x32x32" and layers = ["conv3-16", "relu"])',
    ),
    ("a", "1:2: error[CNN101]: '=' is missing before the end of the text (write key = value)"),
    ("a =", "1:4: error[CNN101]: a value is missing before the end of the text (write it)"),
    (
        "a = 1 b = 2",
        "1:7: error[CNN101]: a new line is missing before 'b' (write one key or header a line, and quote text)",
    ),
    ("[a", "1:3: error[CNN101]: ']' is missing before the end of the text (close the header)"),
    (
        "[a]]",
        "1:4: error[CNN101]: a new line is missing before ']' (write one key or header a line, and quote text)",
    ),
    ("[[a]", "1:4: error[CNN101]: ']]' is missing before ']' (close the header)"),
    (
        "[ [a]]",
        "1:3: error[CNN101]: a key is missing before '[' (write letters, digits, _ and -, or quote it)",
    ),
    ("= 1", "1:1: error[CNN101]: a key is missing before '=' (write letters, digits, _ and -, or quote it)"),
    ("[]", "1:2: error[CNN101]: a key is missing before ']' (write letters, digits, _ and -, or quote it)"),
    (
        "a. = 1",
        "1:4: error[CNN101]: a key is missing before '=' (write letters, digits, _ and -, or quote it)",
    ),
    ("a = [1 2]", "1:8: error[CNN101]: ',' or ']' is missing before '2', after the '[' of line 1 (write it)"),
    ("a = [1,,2]", "1:8: error[CNN101]: a value is missing before ',' (write it)"),
    (
        "a = [1",
        "1:7: error[CNN101]: ',' or ']' is missing before the end of the text, after the '[' of line 1 (write it)",
    ),
    (
        "a = {b = 1\n}",
        "1:11: error[CNN101]: ',' or '}' is missing before the end of the line, after the '{' of line 1 (write it, and keep the table on one line)",
    ),
    ("a = {b = 1,}", "1:11: error[CNN101]: nothing follows the ',' before '}' (remove the comma)"),
    (
        "a = {b = 1 c = 2}",
        "1:12: error[CNN101]: ',' or '}' is missing before 'c', after the '{' of line 1 (write it, and keep the table on one line)",
    ),
    ("a = 'x", "1:5: error[CNN101]: the string is not closed on its line (close it with the same quote)"),
    ('a = "x\ny"', "1:5: error[CNN101]: the string is not closed on its line (close it with the same quote)"),
    ('a = """x', "1:5: error[CNN101]: the string is not closed (close it with three quotes)"),
    ("a = '''x'''''''", "1:5: error[CNN101]: the string is not closed (close it with three quotes)"),
    (
        "a = conv3-64,p1",
        "1:5: error[CNN101]: 'conv3-64' is not a TOML value (put text into double quotes, and write numbers like 10, -0.5 or 1e3)",
    ),
    (
        "a = True",
        "1:5: error[CNN101]: 'True' is not a TOML value (put text into double quotes, and write numbers like 10, -0.5 or 1e3)",
    ),
    (
        "a = 01",
        "1:5: error[CNN101]: '01' is not a TOML value (put text into double quotes, and write numbers like 10, -0.5 or 1e3)",
    ),
    (
        "a = 1_",
        "1:5: error[CNN101]: '1_' is not a TOML value (put text into double quotes, and write numbers like 10, -0.5 or 1e3)",
    ),
    (
        "a = 1979-05-27",
        "1:5: error[CNN173]: '1979-05-27' is a date or time, which no spec needs (put it into quotes)",
    ),
    (
        "a = 07:32:00",
        "1:5: error[CNN173]: '07:32:00' is a date or time, which no spec needs (put it into quotes)",
    ),
    ("a = inf", "1:5: error[CNN172]: 'inf' is not a finite number (write a number within ±1.7e308)"),
    ("a = -nan", "1:5: error[CNN172]: '-nan' is not a finite number (write a number within ±1.7e308)"),
    ("a = 1e999", "1:5: error[CNN172]: '1e999' is not a finite number (write a number within ±1.7e308)"),
    (
        "a = 0x38D7EA4C68001",
        "1:5: error[CNN171]: the integer '0x38D7EA4C68001' is beyond 10^15 (no size or count of a network is that large)",
    ),
    (
        "a = -1_000_000_000_000_001",
        "1:5: error[CNN171]: the integer '-1_000_000_000_000_001' is beyond 10^15 (no size or count of a network is that large)",
    ),
    (
        "a = 1\rb = 2",
        "1:6: error[CNN101]: a carriage return stands without a line feed (save the file with usual line ends)",
    ),
    ('a = "\\q"', "1:5: error[CNN101]: TOML does not know the escape \\q (double the backslash)"),
    ('a = "\\u12"', "1:5: error[CNN101]: TOML does not know the escape \\u (double the backslash)"),
    ('a = "\\U00110000"', "1:5: error[CNN101]: TOML does not know the escape \\U (double the backslash)"),
    ('a = "\\ud800"', "1:5: error[CNN161]: the character U+D800 cannot stand in a spec (remove it)"),
    ('a = "\\u0000"', "1:5: error[CNN161]: the character U+0000 cannot stand in a spec (remove it)"),
    ("a = 1\nb = 2\na = 3", "3:1: error[CNN165]: the key 'a' appears twice (keep one: line 1 has it too)"),
    ("[a]\nb = 1\n[a]", "3:2: error[CNN165]: the key 'a' appears twice (keep one: line 1 has it too)"),
    ("a.b = 1\n[a]", "2:2: error[CNN165]: the key 'a' appears twice (keep one: line 1 has it too)"),
    ("[a]\n[[a]]", "2:3: error[CNN165]: the key 'a' appears twice (keep one: line 1 has it too)"),
    ("a = []\n[[a]]", "2:3: error[CNN165]: the key 'a' appears twice (keep one: line 1 has it too)"),
    ("a = {}\n[a.b]", "2:2: error[CNN165]: the key 'a' appears twice (keep one: line 1 has it too)"),
    ("a = {b = 1, b = 2}", "1:13: error[CNN165]: the key 'b' appears twice (keep one: line 1 has it too)"),
    ("a = 1\na.b = 2", "2:1: error[CNN165]: the key 'a' appears twice (keep one: line 1 has it too)"),
    (
        "[a.b]\n[a]\nb.c = 1\n[a.b]",
        "3:1: error[CNN165]: the key 'b' appears twice (keep one: line 1 has it too)",
    ),
    ("[a]\nb.c = 1\n[a.b]", "3:4: error[CNN165]: the key 'b' appears twice (keep one: line 2 has it too)"),
    ("[[a]]\n[a]", "2:2: error[CNN165]: the key 'a' appears twice (keep one: line 1 has it too)"),
    ("a = 1 \x00", "1:7: error[CNN161]: the character U+0000 cannot stand in a spec (remove it)"),
]
