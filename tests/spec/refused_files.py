"""Spec files that are refused: each with what a person sees."""

from __future__ import annotations

#: what "..." at the beginning stands for
HEAD = """\
cnncalc: 1
input: 3x32x32
"""

#: whole files
FILES = """\
[1, 2]
---
net.yaml:1:1: error[CNN111]: a spec file is a mapping
    1 | [1, 2]
      | ^^^^^^ start with cnncalc: 1

cnncalc: 1
---
net.yaml:1:1: error[CNN122]: 'input' is missing
    1 | cnncalc: 1
      | ^^^^^^^^^^ add a line like input: 3x224x224

cnncalc: 1
input: 3x8x8
---
net.yaml:1:1: error[CNN122]: 'layers' is missing
    1 | cnncalc: 1
      | ^ add layers: …

input: 3x8x8
layers: [relu]
---
net.yaml:1:1: error[CNN122]: 'cnncalc' is missing
    1 | input: 3x8x8
      | ^ add the line cnncalc: 1

cnncalc: 2
input: 3x8x8
layers: [relu]
---
net.yaml:1:10: error[CNN123]: cnncalc is 2
    1 | cnncalc: 2
      |          ^ give 1

cnncalc: 1.0
input: 3x8x8
layers: [relu]
---
net.yaml:1:10: error[CNN123]: cnncalc is 1.0
    1 | cnncalc: 1.0
      |          ^^^ give 1

cnncalc: true
input: 3x8x8
layers: [relu]
---
net.yaml:1:10: error[CNN123]: cnncalc is true
    1 | cnncalc: true
      |          ^^^^ give 1

cnncalc: '1'
input: 3x8x8
layers: [relu]
---
net.yaml:1:10: error[CNN123]: cnncalc is '1'
    1 | cnncalc: '1'
      |          ^^^ give 1

...
layers: []
---
net.yaml:3:9: error[CNN123]: layers is empty
    3 | layers: []
      |         ^^ give a list that is not empty

...
layers: relu
---
net.yaml:3:9: error[CNN123]: layers is 'relu'
    3 | layers: relu
      |         ^^^^ give a list

...
layers:
---
net.yaml:3:1: error[CNN123]: layers is empty
    3 | layers:
      | ^^^^^^ give a list

...
layer: [relu]
---
net.yaml:3:1: error[CNN121]: unknown field 'layer'
    3 | layer: [relu]
      | ^^^^^ did you mean 'layers'?

...
layers: [relu]
extra: 1
---
net.yaml:4:1: error[CNN121]: unknown field 'extra'
    4 | extra: 1
      | ^^^^^ fields: cnncalc, name, source, input, vars, presets, blocks, layers, module, expect

...
layers: [relu]
variables: {}
---
net.yaml:4:1: error[CNN121]: unknown field 'variables'
    4 | variables: {}
      | ^^^^^^^^^ did you mean 'vars'?

cnncalc: 1
input: 3.5
layers: [relu]
---
net.yaml:2:8: error[CNN123]: input is 3.5
    2 | input: 3.5
      |        ^^^ give an integer or a text

cnncalc: 1
input: [3, 8]
layers: [relu]
---
net.yaml:2:8: error[CNN123]: input is a list
    2 | input: [3, 8]
      |        ^^^^^^ give an integer or a text

cnncalc: 1
input: true
layers: [relu]
---
net.yaml:2:8: error[CNN123]: input is true
    2 | input: true
      |        ^^^^ give an integer or a text

...
name: 3
layers: [relu]
---
net.yaml:3:7: error[CNN123]: name is 3
    3 | name: 3
      |       ^ give a text

...
vars: [1]
layers: [relu]
---
net.yaml:3:7: error[CNN123]: vars is a list
    3 | vars: [1]
      |       ^^^ give a mapping

...
vars: {a: [1]}
layers: [relu]
---
net.yaml:3:11: error[CNN123]: a is a list
    3 | vars: {a: [1]}
      |           ^^^ give a number, true or false or a text

...
vars: {a: {b: 1}}
layers: [relu]
---
net.yaml:3:11: error[CNN123]: a is a mapping
    3 | vars: {a: {b: 1}}
      |           ^^^^^^ give a number, true or false or a text

...
vars: {a-b: 1}
layers: [relu]
---
net.yaml:3:8: error[CNN112]: 'a-b' is not a name
    3 | vars: {a-b: 1}
      |        ^^^ use letters, digits and _

...
vars: {C: 1}
layers: [relu]
---
net.yaml:3:8: error[CNN112]: 'C' is the current input's size in expressions
    3 | vars: {C: 1}
      |        ^ choose another name

...
vars: {if: 1}
layers: [relu]
---
net.yaml:3:8: error[CNN112]: 'if' already means something in expressions
    3 | vars: {if: 1}
      |        ^^ choose another name

...
presets: {big: {width: 3}}
vars: {widht: 1}
layers: [relu]
---
net.yaml:3:17: error[CNN113]: preset 'big': no variable is called 'width'
    3 | presets: {big: {width: 3}}
      |                 ^^^^^ did you mean 'widht'?

...
presets: {big: 3}
layers: [relu]
---
net.yaml:3:16: error[CNN123]: big is 3
    3 | presets: {big: 3}
      |                ^ give a mapping

...
blocks: {unit: [relu]}
layers: [relu]
---
net.yaml:3:16: error[CNN123]: unit is a list
    3 | blocks: {unit: [relu]}
      |                ^^^^^^ give a mapping

...
blocks: {unit: {args: {}}}
layers: [relu]
---
net.yaml:3:16: error[CNN122]: 'layers' is missing
    3 | blocks: {unit: {args: {}}}
      |                ^^^^^^^^^^ add layers: …

...
blocks: {unit: {arg: {}, layers: [relu]}}
layers: [relu]
---
net.yaml:3:17: error[CNN121]: unknown field 'arg'
    3 | blocks: {unit: {arg: {}, layers: [relu]}}
      |                 ^^^ did you mean 'args'?

...
blocks: {unit: {layers: []}}
layers: [relu]
---
net.yaml:3:25: error[CNN123]: layers is empty
    3 | blocks: {unit: {layers: []}}
      |                         ^^ give a list that is not empty

...
blocks: {conv: {layers: [relu]}}
layers: [relu]
---
net.yaml:3:10: error[CNN112]: block 'conv': the name already means something in a spec
    3 | blocks: {conv: {layers: [relu]}}
      |          ^^^^ choose another name

...
blocks: {conv3: {layers: [relu]}}
layers: [relu]
---
net.yaml:3:10: error[CNN112]: block 'conv3': the name already means something in a spec
    3 | blocks: {conv3: {layers: [relu]}}
      |          ^^^^^ choose another name

...
blocks: {res: {layers: [relu]}}
layers: [relu]
---
net.yaml:3:10: error[CNN112]: block 'res': the name already means something in a spec
    3 | blocks: {res: {layers: [relu]}}
      |          ^^^ choose another name

...
blocks: {name: {layers: [relu]}}
layers: [relu]
---
net.yaml:3:10: error[CNN112]: block 'name': the name already means something in a spec
    3 | blocks: {name: {layers: [relu]}}
      |          ^^^^ choose another name

...
blocks: {layer: {layers: [relu]}}
layers: [relu]
---
net.yaml:3:10: error[CNN112]: block 'layer': the name already means something in a spec
    3 | blocks: {layer: {layers: [relu]}}
      |          ^^^^^ choose another name

...
blocks: {a b: {layers: [relu]}}
layers: [relu]
---
net.yaml:3:10: error[CNN112]: block 'a b': the name is not a name
    3 | blocks: {a b: {layers: [relu]}}
      |          ^^^ choose another name

...
blocks: {unit: {args: {H: 1}, layers: [relu]}}
layers: [relu]
---
net.yaml:3:24: error[CNN112]: 'H' is the current input's size in expressions
    3 | blocks: {unit: {args: {H: 1}, layers: [relu]}}
      |                        ^ choose another name
"""
