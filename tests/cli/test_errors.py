"""Typical mistakes, and the whole of what a person is told. Expected texts were read and judged, not only recorded."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.console import run

FILES = {
    "bad.yaml": b"cnncalc: 1\ninput: 3x32x32\nlayers:\n  - conv3-16\n   - relu\n",
    "dup.yaml": b"cnncalc: 1\ninput: 3x32x32\ninput: 4\nlayers: [relu]\n",
    "field.yaml": b"cnncalc: 1\ninput: 3x32x32\nlayers:\n  - {conv: {kernal: 3, out: 8}}\n",
    "float.yaml": b"cnncalc: 1\ninput: 3x32x32\nlayers:\n  - {conv: {kernel: 3.5, out: 8}}\n",
    "groups.yaml": b'cnncalc: 1\ninput: 3x32x32\nlayers:\n  - conv3-30\n  - {layer: "conv3-64,g4", name: down2}\n',
    "empty.yaml": b"",
    "tab.yaml": b"cnncalc: 1\ninput: 3x32x32\nlayers:\n\t- relu\n",
    "bad.json": b'{"cnncalc": 1, "input": "3x32x32", "layers": ["relu",]}',
    "bad.toml": b"cnncalc = 1\ninput = 3x32\n",
    "anchor.yaml": b"cnncalc: 1\ninput: 3x32x32\nlayers: [&a relu, *a]\n",
    "latin.yaml": b"\xff\xfe",
    "control.yaml": 'cnncalc: 1\ninput: 3x32x32\nlayers: ["relu \u202e\u2066\xa0 convv3-8"]\n'.encode(),
    "flow.yaml": b"cnncalc: 1\ninput: 3x32x32\nlayers:\n  - {stem: conv3-8,p1,nobias}\n",
    "later.yaml": b'cnncalc: 1\ninput: 3x32x32\nvars: {a: "{2*width}", width: 8}\nlayers: [relu]\n',
    "itself.yaml": b'cnncalc: 1\ninput: 3x32x32\nvars: {a: "{a + 1}"}\nlayers: [relu]\n',
    "from.yaml": b"cnncalc: 1\ninput: 3x32x32\nlayers:\n  - {add: , from: [input, stem]}\n",
    "kind.yaml": b"cnncalc: 1\ninput: 3x32x32\nlayers:\n  - relu: conv3-3\n",
    "nothing.yaml": b"cnncalc: 1\ninput: 3x32x32\nlayers:\n  - relu: []\n",
    "fields.yaml": b"cnncalc: 1\ninput: 3x32x32\nlayers:\n  - maxpool: [3, 2]\n",
    "block.yaml": b"cnncalc: 1\ninput: 3x32x32\nblocks: {u: {layers: [relu]}}\nlayers:\n  - u: bn\n",
    "vars.yaml": b'cnncalc: 1\ninput: 3x32x32\nvars: {width: 8}\nlayers: ["conv3-{width}"]\n',
    "words.txt": b"relu\n",
}

MISTAKES = {
    "summary 3x32x32 convv3-16": (
        "1:9: error[CNN110]: unknown layer kind 'convv'\n"
        "    1 | 3x32x32 convv3-16\n"
        "      |         ^^^^^ did you mean 'conv'?\n"
    ),
    "summary 3x32x32 conv3-16 maxpol2": (
        "1:18: error[CNN110]: unknown layer kind 'maxpol'\n"
        "    1 | 3x32x32 conv3-16 maxpol2\n"
        "      |                  ^^^^^^ did you mean 'maxpool'?\n"
    ),
    "summary 3x4x4 conv7-16": (
        "1:11: error[CNN203]: layer 'conv1' (conv): the kernel spans 7 positions, but the padded input has only 4\n"
        "    1 | 3x4x4 conv7-16\n"
        "      |           ^ use a smaller kernel or dilation, or more padding\n"
    ),
    "summary 3x32x32 conv3-30 conv3-64,g4": (
        "1:27: error[CNN203]: layer 'conv2' (conv): groups=4 does not divide the 30 input channels\n"
        "    1 | 3x32x32 conv3-30 conv3-64,g4\n"
        "      |                           ^^ choose from 1, 2, 3, 5, 6, 10, 15, 30\n"
    ),
    "summary 3x32x32 'cat(conv3-8|conv3-8,p1)'": (
        "1:9: error[CNN203]: layer 'cat1' (cat): cat of 8x30x30 and 8x32x32: 30 against 32 on axis 2\n"
        "    1 | 3x32x32 cat(conv3-8|conv3-8,p1)\n"
        "      |         ^^^ only axis 1 may differ; use the same strides, and paddings that keep the size\n"
    ),
    "summary 3x32x32 'add(conv3-8|conv3-9)'": (
        "1:9: error[CNN203]: layer 'add1' (add): add of 8x30x30 and 9x30x30: 8 against 9 on axis 1\n"
        "    1 | 3x32x32 add(conv3-8|conv3-9)\n"
        "      |         ^^^ give both the same size there, or 1\n"
    ),
    "summary nets/nofile.yaml": (
        "error[CNN102]: there is no file nets/nofile.yaml\n  there is no folder nets either\n"
    ),
    "summary bad.yml": ("error[CNN102]: there is no file bad.yml\n  check the path\n"),
    "summary bad.yaml": (
        "bad.yaml:4:5: error[CNN110]: '-' does not start with a layer kind\n"
        "    4 |   - conv3-16\n"
        "      |     ^^^^^^^^ a list may be indented wrongly: all its '-' stand in one column\n"
    ),
    "summary dup.yaml": (
        "dup.yaml:3:1: error[CNN165]: the key 'input' appears twice\n"
        "    3 | input: 4\n"
        "      | ^^^^^ keep one: line 2 has it too\n"
    ),
    "summary field.yaml": (
        "field.yaml:4:13: error[CNN121]: conv has no field 'kernal'\n"
        "    4 |   - {conv: {kernal: 3, out: 8}}\n"
        "      |             ^^^^^^ did you mean 'kernel'?\n"
    ),
    "summary float.yaml": (
        "float.yaml:4:21: error[CNN123]: kernel is 3.5\n"
        "    4 |   - {conv: {kernel: 3.5, out: 8}}\n"
        "      |                     ^^^ give an integer or one for each axis\n"
    ),
    "summary groups.yaml": (
        "groups.yaml:5:23: error[CNN203]: layer 'down2' (conv): groups=4 does not divide the 30 input channels\n"
        '    5 |   - {layer: "conv3-64,g4", name: down2}\n'
        "      |                       ^^ choose from 1, 2, 3, 5, 6, 10, 15, 30\n"
    ),
    "summary empty.yaml": (
        "empty.yaml:1:1: error[CNN160]: the spec is empty\n"
        "  write at least {cnncalc: 1, input: 3x32x32, layers: [conv3-16, relu]}\n"
    ),
    "summary tab.yaml": (
        "tab.yaml:4:1: error[CNN101]: a tab stands where YAML reads only spaces\n"
        "    4 | \t- relu\n"
        "      | ^ indent with spaces\n"
    ),
    "summary bad.json": (
        "bad.json:1:53: error[CNN101]: nothing follows the ',' before ']'\n"
        '    1 | {"cnncalc": 1, "input": "3x32x32", "layers": ["relu",]}\n'
        "      |                                                     ^ remove the comma\n"
    ),
    "summary bad.toml": (
        "bad.toml:2:9: error[CNN101]: '3x32' is not a TOML value\n"
        "    2 | input = 3x32\n"
        "      |         ^^^^ put text into double quotes, and write numbers like 10, -0.5 or 1e3\n"
    ),
    "summary anchor.yaml": (
        "anchor.yaml:3:10: error[CNN167]: a spec has no anchors and aliases like '&a'\n"
        "    3 | layers: [&a relu, *a]\n"
        "      |          ^^ write the value out, define a block, or quote the text that begins with '&'\n"
    ),
    "summary latin.yaml": ("error[CNN102]: latin.yaml is not UTF-8 text (byte 0)\n  save it as UTF-8\n"),
    "summary .": (
        "error[CNN103]: no network is called '.'\n  the name of a spec file ends in .yaml, .json or .toml\n"
    ),
    "summary 3x32x32 conv3--16": (
        "1:15: error[CNN203]: layer 'conv1' (conv): -16 filters\n"
        "    1 | 3x32x32 conv3--16\n"
        "      |               ^^^ give at least 1\n"
    ),
    "summary 3x32x32 conv3-16/0": (
        "1:18: error[CNN203]: layer 'conv1' (conv): stride 0\n"
        "    1 | 3x32x32 conv3-16/0\n"
        "      |                  ^ give at least 1\n"
    ),
    "summary 3x32x32 conv3-16,p-1": (
        "1:18: error[CNN203]: layer 'conv1' (conv): padding -1 is negative\n"
        "    1 | 3x32x32 conv3-16,p-1\n"
        "      |                  ^^^ crop with a pad layer\n"
    ),
    "summary 3x32x32 conv3.5-16": (
        "1:13: error[CNN123]: kernel is 3.5\n"
        "    1 | 3x32x32 conv3.5-16\n"
        "      |             ^^^ give an integer or one for each axis\n"
    ),
    "summary resnet51": ("error[CNN103]: no network is called 'resnet51'\n  did you mean 'resnet50'?\n"),
    "summary resnet": (
        "error[CNN103]: no network is called 'resnet'\n"
        "  'resnet' is a family: choose one of resnet18, resnet34, resnet50, resnet101, resnet152, resnet50_2015, resnet101_2015, resnet152_2015, resnet18_plain, resnet34_plain\n"
    ),
    "summary ''": (
        "1:1: error[CNN120]: no network given\n"
        "  write words like conv3-64,p1 relu, a file, or the name of a zoo network (cnncalc zoo)\n"
    ),
    "summary 3x32x32": (
        "1:7: error[CNN120]: no layers after the input size 3x32x32\n"
        "    1 | 3x32x32\n"
        "      |       ^ write words like conv3-64,p1 relu, a file, or the name of a zoo network (cnncalc zoo)\n"
    ),
    "summary conv3-16": (
        "error[CNN103]: no network is called 'conv3-16'\n"
        "  write an input size and words (3x32x32 conv3-16), a spec file, or a name listed by: cnncalc zoo\n"
    ),
    "summary 3x32x32 conv3": (
        "1:9: error[CNN122]: conv needs 'out' (number of filters, which is the number of output channels)\n"
        "    1 | 3x32x32 conv3\n"
        "      |         ^^^^^ write conv3-64\n"
    ),
    "summary 3x32x32 relu3": (
        "1:13: error[CNN120]: relu takes no '3'\n    1 | 3x32x32 relu3\n      |             ^ remove it\n"
    ),
    "summary 3x32x32 'res(conv3-16,p1'": (
        "1:12: error[CNN120]: 'res(' is never closed\n"
        "    1 | 3x32x32 res(conv3-16,p1\n"
        "      |            ^ add the missing ')'\n"
    ),
    "summary 3x32x32 conv3-16,pading=1": (
        "1:18: error[CNN121]: conv has no field 'pading'\n"
        "    1 | 3x32x32 conv3-16,pading=1\n"
        "      |                  ^^^^^^^^ did you mean 'padding'?\n"
    ),
    "summary 3x32x32 conv3-16 -c naem": (
        "error[CNN140]: no column is called 'naem'\n  did you mean 'name'?\n"
    ),
    "summary 3x32x32 'conv3-{C/2}'": (
        "1:15: error[CNN150]: C/2 is not an integer (it is 3/2)\n"
        "    1 | 3x32x32 conv3-{C/2}\n"
        "      |               ^^^^^ wrap it in floor(), ceil() or round()\n"
    ),
    "summary 3x32x32 'conv3-{foo('": (
        "1:15: error[CNN120]: '{' is never closed\n"
        "    1 | 3x32x32 conv3-{foo(\n"
        "      |               ^ braces enclose an expression: conv1-{C//4}\n"
    ),
    "summary resnet50 --set n9=2": (
        "error[CNN114]: no variable is called 'n9'\n  variables: unit, n1, n2, n3, n4, early, classes\n"
    ),
    "summary resnet50 --set n1": ("error[CNN105]: --set n1: not a setting\n  write --set width=32\n"),
    "summary resnet50 --set classes=0": (
        "resnet.cnn.yaml:56:12: error[CNN203]: layer 'fc' (linear): 0 outputs\n"
        "   56 |   - fc: fc-{classes}\n"
        "      |            ^^^^^^^^^ give at least 1\n"
    ),
    "summary resnet50 --input 3x0x224": (
        "error[CNN118]: the input 3x0x224 is empty or too large\n  sizes go from 1 to 10^15\n"
    ),
    "summary 3xHxW conv3-8 --assume H": (
        "error[CNN119]: 'H' is not a condition\n  write H=32*h, 'H%32==0' or 'H>=64', quoted in a shell\n"
    ),
    "summary 3x8x8 conv3-16 gn3": (
        "1:18: error[CNN203]: layer 'gn1' (gn): groups=3 does not divide the 16 channels\n"
        "    1 | 3x8x8 conv3-16 gn3\n"
        "      |                  ^ choose from 1, 2, 4, 8, 16\n"
    ),
    "summary 3x8x8 flatten conv3-8": (
        "1:15: error[CNN202]: layer 'conv1' (conv): conv needs 1 to 3 spatial axes, but the input 192 has 0\n"
        "    1 | 3x8x8 flatten conv3-8\n"
        "      |               ^^^^^^^ a flat input has no axes to slide over; put the layer before flatten\n"
    ),
    "summary vgg16 --preset vgg17": ("error[CNN113]: no preset is called 'vgg17'\n  did you mean 'vgg19'?\n"),
    "summary 3x32x32 conv3-99999999999999999999": (
        "1:15: error[CNN108]: 99999999999999999999… is too large\n"
        "    1 | 3x32x32 conv3-99999999999999999999\n"
        "      |               ^^^^^^^^^^^^^^^^^^^^ numbers go up to 10^15\n"
    ),
    "summary lenet5 --output /nonexistent/x.txt": (
        "error[CNN104]: /nonexistent/x.txt cannot be written: No such file or directory\n  check the path\n"
    ),
    "zoo show resnt50": ("error[CNN103]: no network is called 'resnt50'\n  did you mean 'resnet50'?\n"),
    "summary control.yaml": (
        "control.yaml:3:16: error[CNN110]: '\\u202e\\u2066' does not start with a layer kind\n"
        '    3 | layers: ["relu \\u202e\\u2066\\xa0 convv3-8"]\n'
        "      |                ^^^^^^^^^^^^ a word begins with a kind, like conv3-64 or relu\n"
    ),
    "summary flow.yaml": (
        "flow.yaml:4:20: error[CNN124]: two things in one item: 'stem' and 'p1'\n"
        "    4 |   - {stem: conv3-8,p1,nobias}\n"
        "      |                    ^^ put quotes around words that have commas: 'conv3-8,p1,nobias'\n"
    ),
    "summary later.yaml": (
        "later.yaml:3:11: error[CNN114]: 'width' is defined later\n"
        '    3 | vars: {a: "{2*width}", width: 8}\n'
        "      |           ^^^^^^^^^^^ a variable may use those above it\n"
    ),
    "summary itself.yaml": (
        "itself.yaml:3:11: error[CNN114]: 'a' would stand for itself\n"
        '    3 | vars: {a: "{a + 1}"}\n'
        "      |           ^^^^^^^^^ a variable may use those above it\n"
    ),
    "summary from.yaml": (
        "from.yaml:4:27: error[CNN116]: no earlier layer is called 'stem'\n"
        "    4 |   - {add: , from: [input, stem]}\n"
        "      |                           ^^^^ only earlier names can be spoken of\n"
    ),
    "summary kind.yaml": (
        "kind.yaml:4:5: error[CNN112]: 'relu' is a layer kind, but no relu stands under it\n"
        "    4 |   - relu: conv3-3\n"
        "      |     ^^^^ give its fields like relu: {…}, or choose another name\n"
    ),
    "summary nothing.yaml": (
        "nothing.yaml:4:5: error[CNN112]: 'relu' is a layer kind, but no relu stands under it\n"
        "    4 |   - relu: []\n"
        "      |     ^^^^ give its fields like relu: {…}, or choose another name\n"
    ),
    "summary fields.yaml": (
        "fields.yaml:4:5: error[CNN112]: 'maxpool' is a layer kind, but no maxpool stands under it\n"
        "    4 |   - maxpool: [3, 2]\n"
        "      |     ^^^^^^^ give its fields like maxpool: {…}, or choose another name\n"
    ),
    "summary block.yaml": (
        "block.yaml:5:5: error[CNN112]: 'u' is a block, but no u stands under it\n"
        "    5 |   - u: bn\n"
        "      |     ^ give its arguments like u: {…}, or choose another name\n"
    ),
    "summary folder.yaml": ("error[CNN102]: folder.yaml is a folder\n  give the path of a file in it\n"),
    "summary words.txt": (
        "error[CNN103]: no network is called 'words.txt'\n  if the file is meant: ./words.txt\n"
    ),
    "summary field.yaml relu": (
        "1:1: error[CNN103]: 'field.yaml' is a spec file, not a layer among others\n"
        "    1 | field.yaml relu\n"
        "      | ^^^^^^^^^^ give its path alone\n"
    ),
    "summary ResNet50": ("error[CNN103]: no network is called 'ResNet50'\n  did you mean 'resnet50'?\n"),
    "summary VGG16": ("error[CNN103]: no network is called 'VGG16'\n  did you mean 'vgg16'?\n"),
    "summary ResNet": (
        "error[CNN103]: no network is called 'ResNet'\n"
        "  'resnet' is a family: choose one of resnet18, resnet34, resnet50, resnet101, resnet152, resnet50_2015, resnet101_2015, resnet152_2015, resnet18_plain, resnet34_plain\n"
    ),
    "summary resnet51 --input 3x64x64": (
        "error[CNN103]: no network is called 'resnet51'\n  did you mean 'resnet50'?\n"
    ),
    "summary resnet50 conv3-8": (
        "1:1: error[CNN103]: 'resnet50' is a whole network, not a layer among others\n"
        "    1 | resnet50 conv3-8\n"
        "      | ^^^^^^^^ give its name alone: resnet50, with --input SIZE for another input\n"
    ),
    "summary 3x32x32 'res(conv3-8|resnet18)'": (
        "1:21: error[CNN103]: 'resnet18' is a whole network, not a layer among others\n"
        "    1 | 3x32x32 res(conv3-8|resnet18)\n"
        "      |                     ^^^^^^^^ give its name alone: resnet18, with --input SIZE for another input\n"
    ),
    "summary resnet50 --preset resnet18": (
        "error[CNN113]: two members of a family: 'resnet50' and --preset resnet18\n  give one of the two\n"
    ),
    "summary lenet5 --output ''": (
        "error[CNN104]: the output '.' is a folder\n  give the name of a file, like out.txt\n"
    ),
    "summary lenet5 --format json --depth 0": (
        "error[CNN105]: --depth: JSON always has every layer and every column, in order\n"
        "  leave that out, or choose another format, like --format csv\n"
    ),
    "summary lenet5 --format json --columns name --sort params": (
        "error[CNN105]: --columns and --sort: JSON always has every layer and every column, in order\n"
        "  leave that out, or choose another format, like --format csv\n"
    ),
    "summary lenet5 --sort params --depth 0": (
        "error[CNN105]: --sort and --depth: sorted layers have no blocks to open\n  leave one of them out\n"
    ),
    "summary lenet5 --columns 'name, parms'": (
        "error[CNN140]: no column is called 'parms'\n  did you mean 'params'?\n"
    ),
    "summary 3×32×32 conv3-8": (
        "1:1: error[CNN110]: '3×32×32' does not start with a layer kind\n"
        "    1 | 3×32×32 conv3-8\n"
        "      | ^^^^^^^ did you mean 3x32x32?\n"
    ),
    "summary 3X32X32 conv3-8": (
        "1:1: error[CNN110]: '3X32X32' does not start with a layer kind\n"
        "    1 | 3X32X32 conv3-8\n"
        "      | ^^^^^^^ did you mean 3x32x32?\n"
    ),
    "summary 3,32,32 conv3-8": (
        "1:1: error[CNN110]: '3,32,32' does not start with a layer kind\n"
        "    1 | 3,32,32 conv3-8\n"
        "      | ^^^^^^^ did you mean 3x32x32?\n"
    ),
    "summary relu --input 3,32,32": (
        "error[CNN118]: '3,32,32' is not an input size\n  did you mean 3x32x32?\n"
    ),
    "summary 3x32x32 conv3-relu,p1": (
        "1:15: error[CNN120]: 'relu' is a layer kind, not a number\n"
        "    1 | 3x32x32 conv3-relu,p1\n"
        "      |               ^^^^ write conv3-64 relu\n"
    ),
    "summary 3x32x32 conv3-8-relu": (
        "1:17: error[CNN120]: 'relu' is a layer kind, not a number\n"
        "    1 | 3x32x32 conv3-8-relu\n"
        "      |                 ^^^^ write conv3-8 relu\n"
    ),
    "summary 3x32x32 conv3-8/relu": (
        "1:17: error[CNN120]: 'relu' is a layer kind, not a number\n"
        "    1 | 3x32x32 conv3-8/relu\n"
        "      |                 ^^^^ write conv3-8 relu\n"
    ),
    "summary 3x32x32 conv3-8,padding=relu": (
        "1:25: error[CNN120]: 'relu' is a layer kind, not a number\n"
        "    1 | 3x32x32 conv3-8,padding=relu\n"
        "      |                         ^^^^ write a number here\n"
    ),
    "summary 3x32x32 dropout0.5-relu": (
        "1:20: error[CNN120]: 'relu' is a layer kind, not a number\n"
        "    1 | 3x32x32 dropout0.5-relu\n"
        "      |                    ^^^^ write dropout0.5 relu\n"
    ),
    "summary 3x32x32 dropout0.5-x": (
        "1:19: error[CNN120]: dropout takes no '-x'\n"
        "    1 | 3x32x32 dropout0.5-x\n"
        "      |                   ^^ remove it; its fields: p\n"
    ),
    "summary 3x32x32 fc10": (
        "1:11: error[CNN120]: fc takes no '10'\n    1 | 3x32x32 fc10\n      |           ^^ write fc-10\n"
    ),
    "summary 3x32x32 conv-3-8": (
        "1:16: error[CNN120]: out is given twice\n"
        "    1 | 3x32x32 conv-3-8\n"
        "      |                ^ write conv3-8\n"
    ),
    "summary 3x32x32 batchnorm": (
        "1:9: error[CNN110]: unknown layer kind 'batchnorm'\n"
        "    1 | 3x32x32 batchnorm\n"
        "      |         ^^^^^^^^^ did you mean 'bn'?\n"
    ),
    "summary 3x32x32 BatchNorm2d": (
        "1:9: error[CNN110]: unknown layer kind 'BatchNorm'\n"
        "    1 | 3x32x32 BatchNorm2d\n"
        "      |         ^^^^^^^^^ did you mean 'bn'?\n"
    ),
    "summary 10x64 mha8": (
        "1:7: error[CNN110]: unknown layer kind 'mha'\n"
        "    1 | 10x64 mha8\n"
        "      |       ^^^ did you mean 'attention'?\n"
    ),
    "summary 3x32x32 conv2d": (
        "1:9: error[CNN110]: unknown layer kind 'conv2d'\n"
        "    1 | 3x32x32 conv2d\n"
        "      |         ^^^^^^ did you mean 'conv'?\n"
    ),
    "summary 3x32x32 BN": (
        "1:9: error[CNN110]: unknown layer kind 'BN'\n"
        "    1 | 3x32x32 BN\n"
        "      |         ^^ did you mean 'bn'?\n"
    ),
    "summary 3x32x32 pool2": (
        "1:9: error[CNN110]: unknown layer kind 'pool'\n"
        "    1 | 3x32x32 pool2\n"
        "      |         ^^^^ did you mean 'maxpool2' or 'avgpool2'?\n"
    ),
    "summary 3x32x32 2*conv3-8": (
        "1:9: error[CNN110]: '2*conv3-8' does not start with a layer kind\n"
        "    1 | 3x32x32 2*conv3-8\n"
        "      |         ^^^^^^^^^ write '2*(conv3-8)'\n"
    ),
    "summary 3x32x32 n*relu": (
        "1:9: error[CNN110]: unknown layer kind 'n'\n"
        "    1 | 3x32x32 n*relu\n"
        "      |         ^ write 'n*(relu)'\n"
    ),
    "summary 3x32x32 '2x(relu)'": (
        "1:9: error[CNN120]: '2x(' is not a group\n    1 | 3x32x32 2x(relu)\n      |         ^^ write 2*(…)\n"
    ),
    "summary 3x32x32 'add(relu)'": (
        "1:9: error[CNN204]: layer 'add1' (add): takes at least 2 inputs, but 1 comes in\n"
        "    1 | 3x32x32 add(relu)\n"
        "      |         ^^^ write add(… | …), where an empty branch is the input, or name them all under from\n"
    ),
    "summary 3x32x32 '0*(relu)'": (
        "error[CNN131]: no layer is left\n  repeat something at least once; check the conditions under when\n"
    ),
    "summary 3x32x32 conv3-8 --set k=3": (
        "error[CNN114]: --set: nothing here is called 'k'\n  leave --set out: there are no names\n"
    ),
    "summary 3x32x32 conv3-Kx --set K=3": (
        "error[CNN114]: --set: nothing here is called 'K'\n  did you mean 'Kx'?\n"
    ),
    "summary 3xHxW relu --set C=3": (
        "error[CNN114]: --set: nothing here is called 'C'\n  names here: H, W\n"
    ),
    "summary 3xHxW relu --assume 'k>3'": (
        "error[CNN114]: --assume k>3: nothing here is called 'k'\n  names here: H, W\n"
    ),
    "summary vars.yaml --assume 'width>=4'": (
        "error[CNN114]: --assume width>=4: nothing here is called 'width'\n"
        "  give it a value instead: --set width=…\n"
    ),
    "summary 3xHxW relu --assume '2>3'": (
        "error[CNN119]: '2>3' speaks of no name\n  write a condition on one, like 'H>=64'\n"
    ),
    "summary 3xHxW relu --assume 'H<1'": (
        "error[CNN119]: 'H<1': 1 >= H + 1 contradicts what is known\n"
        "  correct it, or leave it out; names stand for at least 1\n"
    ),
}


@pytest.mark.parametrize("command", MISTAKES)
def test_mistake(command: str, tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.yaml").mkdir()
    ran = run(*shlex.split(command), folder=tmp_path)
    assert ran.err == MISTAKES[command]
    assert (ran.code, ran.out) == (2, "")


def test_every_mistake_has_a_cure() -> None:
    """Behind the caret, or on a line of its own."""
    for text in MISTAKES.values():
        last = text.splitlines()[-1]
        assert last.strip(" |^") != ""


def test_a_bug_of_ours_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("cnncalc.analysis.analyse", broken)
    ran = run("summary", "lenet5")
    assert (ran.code, ran.out) == (101, "")
    assert ran.err.startswith("cnncalc: this is a bug in cnncalc: ZeroDivisionError: oops\n")
    with pytest.raises(ZeroDivisionError):
        run("summary", "lenet5", CNNCALC_TRACEBACK="1")
