"""Layers in a spec file that are refused: what a person sees, in which the second line holds the layer."""

from __future__ import annotations

#: what stands before a layer
BEFORE = """\
cnncalc: 1
input: 3x32x32
vars: {act: relux, width: 8}
blocks: {unit: {args: {width: , stride: 1}, layers: ['conv1-{width}']}}
layers:
  - """

#: single layers
LAYERS = """\
net.yaml:6:5: error[CNN123]: a list within the list where a layer should be
    6 |   - [relu]
      |     ^^^^^^ write words, or a mapping like {conv: {kernel: 3, out: 64}}

net.yaml:6:5: error[CNN123]: nothing where a layer should be
    6 |   - ~
      |     ^ write words, or a mapping like {conv: {kernel: 3, out: 64}}

net.yaml:6:5: error[CNN123]: 3 where a layer should be
    6 |   - 3
      |     ^ write words, or a mapping like {conv: {kernel: 3, out: 64}}

net.yaml:6:5: error[CNN123]: true where a layer should be
    6 |   - true
      |     ^^^^ write words, or a mapping like {conv: {kernel: 3, out: 64}}

net.yaml:6:5: error[CNN110]: unknown layer kind 'conw'
    6 |   - conw3-8
      |     ^^^^ did you mean 'conv'?

net.yaml:6:13: error[CNN121]: conv has no option 'q1'
    6 |   - conv3-8,q1
      |             ^^ options: same, valid, nobias, p1, d1, g1, kernel=…, out=…, stride=…, padding=…, dilation=…, groups=…, bias=…, padding_mode=…

net.yaml:6:19: error[CNN121]: conv has no option 'q1'
    6 |   - 'relu conv3-8,q1'
      |                   ^^ options: same, valid, nobias, p1, d1, g1, kernel=…, out=…, stride=…, padding=…, dilation=…, groups=…, bias=…, padding_mode=…

net.yaml:6:19: error[CNN121]: conv has no option 'q1'
    6 |   - "relu conv3-8,q1"
      |                   ^^ options: same, valid, nobias, p1, d1, g1, kernel=…, out=…, stride=…, padding=…, dilation=…, groups=…, bias=…, padding_mode=…

net.yaml:6:5: error[CNN121]: conv has no option 'q1'
    6 |   - "relu \\x63onv3-8,q1"
      |     ^^^^^^^^^^^^^^^^^^^^ options: same, valid, nobias, p1, d1, g1, kernel=…, out=…, stride=…, padding=…, dilation=…, groups=…, bias=…, padding_mode=…

net.yaml:6:32: error[CNN121]: conv has no field 'paddign'
    6 |   - {conv: {kernel: 3, out: 8, paddign: 1}}
      |                                ^^^^^^^ did you mean 'padding'?

net.yaml:6:6: error[CNN122]: conv needs 'out' (number of filters, which is the number of output channels)
    6 |   - {conv: {kernel: 3}}
      |      ^^^^ write conv3-64

net.yaml:6:29: error[CNN123]: out is 8.5
    6 |   - {conv: {kernel: 3, out: 8.5}}
      |                             ^^^ give an integer

net.yaml:6:30: error[CNN123]: out is '8'
    6 |   - {conv: {kernel: 3, out: '8'}}
      |                              ^ give an integer

net.yaml:6:21: error[CNN123]: kernel is [3, [5]]
    6 |   - {conv: {kernel: [3, [5]], out: 8}}
      |                     ^^^^^^^^ give an integer or one for each axis

net.yaml:6:12: error[CNN123]: conv is 3
    6 |   - {conv: 3}
      |            ^ give its fields in a mapping, or write words: layer: conv…

net.yaml:6:12: error[CNN123]: relu is true
    6 |   - {relu: true}
      |            ^^^^ give its fields in a mapping, or write words: layer: relu…

net.yaml:6:6: error[CNN110]: unknown layer kind or block 'conw'
    6 |   - {conw: {kernel: 3}}
      |      ^^^^ did you mean 'conv'?

net.yaml:6:30: error[CNN123]: out is '{2*}': this is not an expression (write * between factors, as in 2*C, and close what you open)
    6 |   - {conv: {kernel: 3, out: '{2*}'}}
      |                              ^^^^

net.yaml:6:38: error[CNN123]: bias is 2
    6 |   - {conv: {kernel: 3, out: 8, bias: 2}}
      |                                      ^ give true or false

net.yaml:6:46: error[CNN123]: padding_mode is 'refelct'
    6 |   - {conv: {kernel: 3, out: 8, padding_mode: refelct}}
      |                                              ^^^^^^^ give 'zeros', 'reflect', 'replicate' or 'circular'

net.yaml:6:14: error[CNN124]: two things in one item: 'relu' and 'conv'
    6 |   - {relu: , conv: {kernel: 3, out: 8}}
      |              ^^^^ start each with '- '

net.yaml:6:5: error[CNN124]: an item without a layer
    6 |   - {name: x}
      |     ^^^^^^^^^ add layer: …

net.yaml:6:14: error[CNN124]: two things in one item: 'relu' and 'nmae'
    6 |   - {relu: , nmae: x}
      |              ^^^^ did you mean 'name'?

net.yaml:6:20: error[CNN123]: name is a list
    6 |   - {relu: , name: [x]}
      |                    ^^^ give a text or an integer

net.yaml:6:20: error[CNN112]: 'a.b' cannot be a name
    6 |   - {relu: , name: 'a.b'}
      |                    ^^^^^ use letters, digits, _ and -

net.yaml:6:20: error[CNN112]: 'input' is the network's input
    6 |   - {relu: , name: input}
      |                    ^^^^^ choose another name

net.yaml:6:6: error[CNN112]: 'input' is the network's input
    6 |   - {input: relu}
      |      ^^^^^ choose another name

net.yaml:6:6: error[CNN112]: 'a b' cannot be a name
    6 |   - {a b: relu}
      |      ^^^ use letters, digits, _ and -

net.yaml:6:15: error[CNN124]: two names: 'x' and 'y'
    6 |   - {x: relu, name: y}
      |               ^^^^ remove name

net.yaml:6:22: error[CNN123]: repeat is 2.5
    6 |   - {relu: , repeat: 2.5}
      |                      ^^^ give an integer or a text

net.yaml:6:14: error[CNN124]: index without repeat
    6 |   - {relu: , index: i}
      |              ^^^^^ add repeat: …

net.yaml:6:32: error[CNN112]: 'C' is the current input's size in expressions
    6 |   - {relu: , repeat: 2, index: C}
      |                                ^ choose another name

net.yaml:6:32: error[CNN112]: 'a-b' is not a name
    6 |   - {relu: , repeat: 2, index: a-b}
      |                                ^^^ use letters, digits and _

net.yaml:6:32: error[CNN114]: nothing is called 'i'
    6 |   - {relu: , repeat: 2, name: 'a{i}'}
      |                                ^^^^ known here: act, width, C, H, W

net.yaml:6:25: error[CNN150]: this is not an expression
    6 |   - {relu: , repeat: 'a +'}
      |                         ^ write * between factors, as in 2*C, and close what you open

net.yaml:6:27: error[CNN150]: unexpected character '?'
    6 |   - {relu: , repeat: 'a + ?'}
      |                           ^ use numbers, names, + - * / // % ^ and parentheses

net.yaml:6:20: error[CNN123]: when is 3
    6 |   - {relu: , when: 3}
      |                    ^ give a text or true or false

net.yaml:6:24: error[CNN150]: this is not an expression
    6 |   - {relu: , when: 'C !='}
      |                        ^ write * between factors, as in 2*C, and close what you open

net.yaml:6:22: error[CNN150]: unexpected character '{'
    6 |   - {relu: , when: ' {C != } '}
      |                      ^ use numbers, names, + - * / // % ^ and parentheses

net.yaml:6:20: error[CNN123]: from is 3
    6 |   - {relu: , from: 3}
      |                    ^ give a text or a list

net.yaml:6:20: error[CNN123]: from is empty
    6 |   - {relu: , from: []}
      |                    ^^ give a text or a list that is not empty

net.yaml:6:24: error[CNN123]: from is 3
    6 |   - {relu: , from: [a, 3]}
      |                        ^ give a text

net.yaml:6:23: error[CNN123]: weights is a list
    6 |   - {relu: , weights: [a]}
      |                       ^^^ give a text

net.yaml:6:13: error[CNN123]: layer takes words
    6 |   - {layer: [relu]}
      |             ^^^^^^ like layer: conv3-64,p1

net.yaml:6:6: error[CNN123]: layer takes words
    6 |   - {layer: }
      |      ^^^^^ like layer: conv3-64,p1

net.yaml:6:19: error[CNN110]: unknown layer kind 'conw'
    6 |   - {layer: 'relu conw'}
      |                   ^^^^ did you mean 'conv'?

net.yaml:6:15: error[CNN110]: unknown layer kind 'conw'
    6 |   - {x: 'relu conw'}
      |               ^^^^ did you mean 'conv'?

net.yaml:6:6: error[CNN123]: res is empty
    6 |   - {res: }
      |      ^^^ write at least one layer in it

net.yaml:6:11: error[CNN123]: res is empty
    6 |   - {res: []}
      |           ^^ write at least one layer in it

net.yaml:6:12: error[CNN121]: res has no 'mian'
    6 |   - {res: {mian: [relu]}}
      |            ^^^^ its parts: main, shortcut

net.yaml:6:11: error[CNN122]: res without main
    6 |   - {res: {shortcut: [relu]}}
      |           ^^^^^^^^^^^^^^^^^^ add main: […]

net.yaml:6:11: error[CNN123]: layers are a list
    6 |   - {res: 3}
      |           ^ start each layer with '- '

net.yaml:6:11: error[CNN123]: cat takes a list of branches
    6 |   - {cat: relu}
      |           ^^^^ like cat: [[conv1-64], ["conv3-64,p1"]]

net.yaml:6:11: error[CNN123]: cat takes a list of branches
    6 |   - {cat: []}
      |           ^^ like cat: [[conv1-64], ["conv3-64,p1"]]

net.yaml:6:11: error[CNN123]: cat is empty
    6 |   - {cat: [[]]}
      |           ^^^^ write at least one layer in it

net.yaml:6:12: error[CNN123]: layers are a list
    6 |   - {cat: [3]}
      |            ^ start each layer with '- '

net.yaml:6:17: error[CNN123]: dim is 'x-y'
    6 |   - {cat: {dim: x-y}}
      |                 ^^^ give an integer

net.yaml:6:19: error[CNN123]: size is not a single value
    6 |   - {unit: {size: [3, 5]}}
      |                   ^^^^^^ arguments of blocks are numbers or texts

net.yaml:6:12: error[CNN123]: unit is 3
    6 |   - {unit: 3}
      |            ^ give its fields in a mapping, or write words: layer: unit…

net.yaml:6:24: error[CNN123]: kernel is not a single value
    6 |   - {'{act}': {kernel: [3, [1]]}}
      |                        ^^^^^^^^ arguments of blocks are numbers or texts

net.yaml:6:6: error[CNN110]: unknown layer kind or block '{act}3'
    6 |   - {'{act}3': }
      |      ^^^^^^^^ see all kinds: cnncalc schema --kinds

net.yaml:6:13: error[CNN121]: block 'unit' has no argument 'widht'
    6 |   - {unit: {widht: 3}}
      |             ^^^^^ did you mean 'width'?

net.yaml:6:6: error[CNN122]: block 'unit' needs 'width'
    6 |   - {unit: {stride: 2}}
      |      ^^^^ add width: …

net.yaml:6:21: error[CNN150]: 1/0 divides by zero
    6 |   - {unit: {width: '{1/0}'}}
      |                     ^^^^^ check the values of its names

net.yaml:6:33: error[CNN205]: a block cannot share weights as a whole
    6 |   - {unit: {width: 8}, weights: x}
      |                                 ^ give weights to each of its layers

net.yaml:6:28: error[CNN205]: a group cannot share weights as a whole
    6 |   - {res: [relu], weights: x}
      |                            ^ give weights to each of its layers

net.yaml:6:20: error[CNN116]: no earlier layer is called 'nowhere'
    6 |   - {relu: , from: nowhere}
      |                    ^^^^^^^ only earlier names can be spoken of

net.yaml:6:23: error[CNN116]: 'input' has no weights
    6 |   - {relu: , weights: input}
      |                       ^^^^^ name one earlier layer

net.yaml:6:21: error[CNN114]: nothing is called 'D'
    6 |   - {relu: , when: 'D > 3'}
      |                     ^^^^^ known here: act, width, C, H, W

net.yaml:6:21: error[CNN131]: when is 3/2, which is neither true nor false
    6 |   - {relu: , when: 'C/2'}
      |                     ^^^ give a condition, like stride != 1

net.yaml:6:22: error[CNN131]: repeat is -1
    6 |   - {relu: , repeat: -1}
      |                      ^^ give a whole number, 0 or more

net.yaml:6:23: error[CNN131]: repeat is 3/2
    6 |   - {relu: , repeat: 'C/2'}
      |                       ^^^ give a whole number, 0 or more

net.yaml:6:20: error[CNN114]: nothing is called 'nothing'
    6 |   - {relu: , when: nothing}
      |                    ^^^^^^^ known here: act, width, C, H, W

net.yaml:6:11: error[CNN114]: nothing is called 'nothing'
    6 |   - conv3-{nothing}
      |           ^^^^^^^^^ known here: act, width, C, H, W

net.yaml:6:11: error[CNN150]: C//0 divides by zero
    6 |   - conv3-{C//0}
      |           ^^^^^^ check the values of its names

net.yaml:6:11: error[CNN115]: 'act' is the text 'relux'
    6 |   - conv3-{act}
      |           ^^^^^ a number is needed here

net.yaml:6:6: error[CNN110]: {act} is 'relux', which is no layer kind or block
    6 |   - '{act}'
      |      ^^^^^ set the variable to one

net.yaml:6:6: error[CNN110]: {width} is 8, which is no layer kind or block
    6 |   - '{width}'
      |      ^^^^^^^ set the variable to one

net.yaml:6:10: error[CNN123]: width is not a single value
    6 |   - unit,width=3x5
      |          ^^^^^^^^^ arguments of blocks are numbers or texts

net.yaml:6:30: error[CNN150]: C/2 is not an integer (it is 3/2)
    6 |   - {conv: {kernel: 3, out: '{C/2}'}}
      |                              ^^^^^ wrap it in floor(), ceil() or round()

net.yaml:6:20: error[CNN123]: p is C > 2, which is true
    6 |   - {dropout: {p: '{C > 2}'}}
      |                    ^^^^^^^ give a number
"""
