"""Words that are refused: what a person sees, in which the second line holds the words."""

from __future__ import annotations

#: within a spec that has a block called unit
WORDS = """\
1:1: error[CNN110]: unknown layer kind 'conw'
    1 | conw3-64
      | ^^^^ did you mean 'conv'?

1:6: error[CNN120]: nothing follows '-'
    1 | conv3-
      |      ^ write what belongs there, or remove it

1:9: error[CNN120]: nothing follows ','
    1 | conv3-64,
      |         ^ write what belongs there, or remove it

1:9: error[CNN120]: nothing follows '/'
    1 | conv3-64/
      |         ^ write what belongs there, or remove it

1:1: error[CNN122]: conv needs 'kernel' (kernel size)
    1 | conv
      | ^^^^ write conv3-64

1:1: error[CNN122]: conv needs 'kernel' (kernel size)
    1 | conv-64
      | ^^^^^^^ write conv3-64

1:5: error[CNN120]: relu takes no '3'
    1 | relu3
      |     ^ remove it

1:5: error[CNN120]: relu takes no '-3'
    1 | relu-3
      |     ^^ remove it

1:5: error[CNN120]: relu takes no '/2'
    1 | relu/2
      |     ^^ remove it

1:3: error[CNN120]: bn takes no '64'
    1 | bn64
      |   ^^ remove it; its fields: eps, momentum, affine, bias, track_running_stats

1:1: error[CNN122]: gn needs 'groups' (into how many groups the channels are parted)
    1 | gn
      | ^^ write gn3

1:8: error[CNN120]: dropout takes no '-0.5'
    1 | dropout-0.5
      |        ^^^^ write dropout0.5

1:13: error[CNN120]: padding is given twice
    1 | conv3-64,p1,p2
      |             ^^ remove one of them

1:20: error[CNN120]: padding is given twice
    1 | conv3-64,padding=1,p1
      |                    ^^ remove one of them

1:12: error[CNN120]: stride is given twice
    1 | conv3-64/2,stride=2
      |            ^^^^^^^^ remove one of them

1:10: error[CNN121]: conv has no option 'pp1'
    1 | conv3-64,pp1
      |          ^^^ did you mean 'p1'?

1:10: error[CNN121]: conv has no field 'bais'
    1 | conv3-64,bais=false
      |          ^^^^^^^^^^ did you mean 'bias'?

1:10: error[CNN121]: conv has no option 'samee'
    1 | conv3-64,samee
      |          ^^^^^ did you mean 'same'?

1:10: error[CNN120]: nothing follows 'padding='
    1 | conv3-64,padding=
      |          ^^^^^^^^ write a value

1:18: error[CNN120]: 'a+b' is not a value
    1 | conv3-64,padding=a+b
      |                  ^^^ write a number, a name, true, false, or an expression in braces

1:10: error[CNN121]: conv has no option 'p1/2'
    1 | conv3-64,p1/2
      |          ^^^^ '/2' belongs before the first comma

1:7: error[CNN108]: 9999999999999999… is too large
    1 | conv3-9999999999999999
      |       ^^^^^^^^^^^^^^^^ numbers go up to 10^15

1:10: error[CNN123]: bias is 2
    1 | conv3-64,bias=2
      |          ^^^^^^ give true or false

1:1: error[CNN110]: unknown layer kind 'conv3x'
    1 | conv3x-64
      | ^^^^^^ did you mean 'conv'?

1:9: error[CNN120]: '{' is never closed
    1 | conv3x5-{2*
      |         ^ braces enclose an expression: conv1-{C//4}

1:10: error[CNN120]: '}' closes nothing
    1 | conv3-2*C}
      |          ^ braces enclose an expression: conv1-{C//4}

1:7: error[CNN123]: out is '{}': the expression is empty (write a number, a name, or a formula such as "C//4")
    1 | conv3-{}
      |       ^^

1:7: error[CNN123]: out is '{2*}': this is not an expression (write * between factors, as in 2*C, and close what you open)
    1 | conv3-{2*}
      |       ^^^^

1:7: error[CNN123]: out is 3.5
    1 | conv3-3.5
      |       ^^^ give an integer

1:5: error[CNN123]: kernel is 1.5
    1 | conv1.5-3
      |     ^^^ give an integer or one for each axis

1:4: error[CNN120]: 'res(' is never closed
    1 | res(relu
      |    ^ add the missing ')'

1:10: error[CNN120]: ')' without a group around it
    1 | res(relu))
      |          ^ groups: res(…) cat(…|…) 3*(…)

1:5: error[CNN120]: ')' without a group around it
    1 | relu)
      |     ^ groups: res(…) cat(…|…) 3*(…)

1:1: error[CNN120]: '(' without a group
    1 | (relu)
      | ^ a group has a name in front: res(…), or a number: 3*(…)

1:1: error[CNN120]: 'foo(' is not a group
    1 | foo(relu)
      | ^^^ groups: res(…) cat(…|…) add(…|…) mul(…|…) 3*(…)

1:1: error[CNN120]: 'rse(' is not a group
    1 | rse(relu)
      | ^^^ did you mean 'res('?

1:1: error[CNN120]: 'res()' is empty
    1 | res()
      | ^^^ write at least one word in it

1:1: error[CNN120]: '3*()' is empty
    1 | 3*()
      | ^^ write at least one word in it

1:1: error[CNN120]: 'cat()' is empty
    1 | cat()
      | ^^^ write at least one word in it

1:14: error[CNN120]: 'res(' takes a body and a shortcut
    1 | res(relu|relu|relu)
      |              ^ remove this '|'

1:8: error[CNN120]: '2*(' takes no branches
    1 | 2*(relu|relu)
      |        ^ remove this '|'

1:5: error[CNN120]: '|' without a group around it
    1 | relu|relu
      |     ^ groups: res(…) cat(…|…) 3*(…)

1:1: error[CNN110]: '3x32x32' does not start with a layer kind
    1 | 3x32x32
      | ^^^^^^^ an input size stands at the very beginning only

1:6: error[CNN110]: '3x32x32' does not start with a layer kind
    1 | relu 3x32x32
      |      ^^^^^^^ an input size stands at the very beginning only

1:1: error[CNN110]: unknown layer kind 'p'
    1 | p1
      | ^ an option belongs to the word before it; in a [list] of a file, words with commas need quotes

1:1: error[CNN110]: unknown layer kind 'same'
    1 | same
      | ^^^^ an option belongs to the word before it; in a [list] of a file, words with commas need quotes

1:1: error[CNN110]: '-' does not start with a layer kind
    1 | -
      | ^ a list may be indented wrongly: all its '-' stand in one column

1:1: error[CNN120]: 'res' needs parentheses
    1 | res
      | ^^^ write res(…), quoted in a shell

1:6: error[CNN120]: {act} takes no '3'
    1 | {act}3
      |      ^ arguments are written name=value: {act},NAME=3

1:6: error[CNN120]: {act} takes no '-3'
    1 | {act}-3
      |      ^^ arguments are written name=value: {act},NAME=3

1:7: error[CNN121]: {act} has no option '3'
    1 | {act},3
      |       ^ arguments of a block are written name=value

1:7: error[CNN120]: nothing follows 'p='
    1 | {act},p=
      |       ^^ write a value

1:6: error[CNN121]: unit has no option '3'
    1 | unit,3
      |      ^ arguments of a block are written name=value

1:5: error[CNN120]: unit takes no '-3'
    1 | unit-3
      |     ^^ arguments are written name=value: unit,NAME=3

1:13: error[CNN120]: groups is given twice
    1 | conv3-64,g4,groups=2
      |             ^^^^^^^^ remove one of them

1:10: error[CNN120]: kernel is given twice
    1 | conv3-64,kernel=3
      |          ^^^^^^^^ remove one of them

1:1: error[CNN110]: unknown layer kind 'CONV'
    1 | CONV3-64
      | ^^^^ did you mean 'conv'?

1:10: error[CNN121]: conv has no option 'op1'
    1 | conv3-64,op1
      |          ^^^ did you mean 'p1'?

1:1: error[CNN122]: attention needs 'heads' (number of heads, which share the embedding)
    1 | attention
      | ^^^^^^^^^ write attention3

1:8: error[CNN120]: softmax takes no '1'
    1 | softmax1
      |        ^ remove it; its fields: dim

1:1: error[CNN122]: lppool needs 'norm_type' (the power p, not 0)
    1 | lppool2
      | ^^^^^^^ write lppool3,norm_type=…

1:7: error[CNN120]: 'é' is not a number
    1 | conv3-é
      |       ^ write 64, a name like K, or an expression like {2*K}

1:1: error[CNN110]: unknown layer kind 'conv３'
    1 | conv３
      | ^^^^^ did you mean 'conv'?

1:1: error[CNN110]: unknown layer kind 'in*3'
    1 | in*3
      | ^^^^ did you mean 'in'?

1:1: error[CNN120]: '*(' is not a group
    1 | *(relu)
      | ^ groups: res(…) cat(…|…) add(…|…) mul(…|…) 3*(…)

1:1: error[CNN120]: '-1*(' is not a group
    1 | -1*(relu)
      | ^^^ groups: res(…) cat(…|…) add(…|…) mul(…|…) 3*(…)

1:1: error[CNN108]: 99999999999999999… is too large
    1 | 99999999999999999*(relu)
      | ^^^^^^^^^^^^^^^^^ numbers go up to 10^15

1:1: error[CNN120]: 'n-1*(' is not a group
    1 | n-1*(relu)
      | ^^^^ groups: res(…) cat(…|…) add(…|…) mul(…|…) 3*(…)

1:10: error[CNN121]: conv has no field 'ceil'
    1 | conv3-64,ceil=true,p1
      |          ^^^^^^^^^ its fields: kernel, out, stride, padding, dilation, groups, bias, padding_mode

1:10: error[CNN110]: ',p1' does not start with a layer kind
    1 | conv3-64 ,p1
      |          ^^^ join it to the word before it, without a space

1:9: error[CNN120]: nothing follows ','
    1 | conv3-64, p1
      |         ^ write what belongs there, or remove it

1:10: error[CNN123]: stride is [none, 2]
    1 | maxpool2,stride=nonex2
      |          ^^^^^^^^^^^^^ give an integer, one for each axis or none

1:7: error[CNN120]: '64;relu' is not a number
    1 | conv3-64;relu
      |       ^^^^^^^ write 64, a name like K, or an expression like {2*K}

1:7: error[CNN120]: linear takes no '64'
    1 | linear64
      |       ^^ write linear-64

1:1: error[CNN122]: unflatten needs 'shape' (the sizes that the axis becomes; one may be -1: what remains)
    1 | unflatten
      | ^^^^^^^^^ write unflatten,shape=…

1:10: error[CNN123]: bias is 'True'
    1 | conv3-64,bias=True
      |          ^^^^^^^^^ give true or false
"""

#: as a whole network
NETWORKS = """\
1:7: error[CNN120]: no layers after the input size 3x32x32
    1 | 3x32x32
      |       ^ write words like conv3-64,p1 relu, a file, or the name of a zoo network (cnncalc zoo)

1:3: error[CNN120]: no layers after the input size 784
    1 | 784
      |   ^ write words like conv3-64,p1 relu, a file, or the name of a zoo network (cnncalc zoo)

1:9: error[CNN110]: '3x32x32' does not start with a layer kind
    1 | 3x32x32 3x32x32 relu
      |         ^^^^^^^ an input size stands at the very beginning only

1:23: error[CNN121]: conv has no option 'x1'
    1 | 3x32x32 relu conv3-64,x1
      |                       ^^ options: same, valid, nobias, p1, d1, g1, kernel=…, out=…, stride=…, padding=…, dilation=…, groups=…, bias=…, padding_mode=…
"""
