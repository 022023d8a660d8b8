"""The slips that wrong answers are made of, each with the sentence that tells a student what went wrong.

The list is that of mistakes found in published exam questions, answer keys and lecture notes.
"""

from __future__ import annotations

from cnncalc.record import record

__all__ = ["Slip"]


@record
class Slip:
    """A mistake that people make: its name, and what was done, as the end of the sentence "You …"."""

    name: str
    did: str


# every topic
BLAMED_CARRIER = Slip("blamed-carrier", "blamed a line that only carries on what an earlier one got wrong")
BLAMED_RIGHT = Slip("blamed-right-line", "blamed a line that is right")
PERCENT_SWAPPED = Slip(
    "percent-swapped", "related the difference to the wrong one of the two: 81 % more is 45 % fewer"
)
ONE_OF_MANY = Slip("one-of-many", "gave one solution where there are several")

# parameters
FORGOT_BIAS = Slip("forgot-bias", "forgot the biases")
FORGOT_DEPTH = Slip("forgot-input-depth", "forgot that a filter reaches through all input channels")
ONE_BIAS = Slip("one-bias", "counted one bias for the whole layer, not one for each filter or unit")
IMAGE_IN_PARAMS = Slip(
    "image-in-params",
    "multiplied with the size of the image, although the weights are shared between positions",
)
SWAPPED_CHANNELS = Slip("swapped-channels", "took the output channels for the input channels")
BIAS_PER_INPUT = Slip("bias-per-input", "counted one bias for each input, not for each unit")

# output size, padding, pooling
KEPT_DEPTH = Slip("kept-depth", "kept the depth of the input: the output has one channel for each filter")
POOLED_DEPTH = Slip("pooled-depth", "pooled the depth too: a pooling keeps the channels")
FORGOT_ONE = Slip("forgot-one", "forgot the + 1: before its first step the window already has a place")
PADDED_ONCE = Slip("padded-once", "counted the padding of one side only")
FORGOT_PADDING = Slip("forgot-padding", "forgot the padding")
ROUNDED_UP = Slip("rounded-up", "rounded up: a window that does not fit whole is left out")
DIVIDED_BY_STRIDE = Slip(
    "divided-by-stride", "divided by the stride, as if kernel and padding played no part"
)
FORGOT_STRIDE = Slip("forgot-stride", "forgot the stride")
SKIPPED_POOL = Slip("skipped-pool", "left out a pooling")
KERNEL_NOT_TAKEN = Slip(
    "kernel-not-taken", "took the kernel for as many positions lost: it is one less, k − 1"
)
HALVED_ONCE = Slip("halved-once", "took the ratio of the sides for the ratio of the positions")
EXACT_FIT_ONLY = Slip("exact-fit-only", "asked that it come out even, but sizes are rounded")
ONE_TOO_EARLY = Slip("one-too-early", "added the 1 too early, before dividing by the stride")
ONE_AXIS = Slip("one-axis", "counted one axis of a map that has two")
ONE_LAYER = Slip("one-layer", "counted one of the layers")
PADDED_DEPTH = Slip(
    "padded-depth", "padded the depth too: zeros are added around the map, not to its channels"
)
BOTH_SIDES = Slip("both-sides", "gave the zeros of both sides together")
HALF_KERNEL = Slip("half-kernel", "took half of the kernel, rounded up")
IGNORED_DILATION = Slip("ignored-dilation", "took the kernel for as wide as without dilation")
ROUNDED_DOWN = Slip("rounded-down", "rounded down where it is rounded up")
STEP_TOO_MANY = Slip("step-too-many", "counted one step too many: between n places there are n − 1 steps")
SHORT_WINDOW = Slip(
    "short-window", "took a position too little for the last window: it covers all of the kernel"
)
SPAN_TIMES = Slip(
    "span-times",
    "multiplied kernel and dilation: only the F − 1 steps between the taps grow, so it is D(F − 1) + 1",
)
ZEROS_BETWEEN = Slip(
    "zeros-between", "took the dilation for the number of gaps between two taps: dilation 1 has none"
)
STARTED_BEHIND = Slip("started-behind", "counted a last window that starts behind the input: it is dropped")
SAME_KEEPS = Slip("same-keeps", "took 'same' for what keeps the size, which it does with stride 1 only")
EXTRA_BEFORE = Slip("extra-before", "put the odd zero before: it goes after")
FIXED_PADDING = Slip(
    "fixed-padding", "padded with (F − 1)/2 on each side, which keeps the size with stride 1 only"
)

# MACs
ONE_POSITION = Slip(
    "one-position", "counted one position of the filter only: it is applied at every output position"
)
ONE_FILTER = Slip("one-filter", "counted one filter only")
INPUT_POSITIONS = Slip(
    "input-positions",
    "multiplied with the size of the input: a filter is applied once for each output position",
)
ONE_SIDE = Slip("one-side", "took one side of the map for all its positions")
KERNEL_SIDE = Slip("kernel-side", "took one side of the kernel for all its taps")
TWO_PER_MAC = Slip("two-per-mac", "counted multiplications and additions, each as one")
MAC_AS_FLOP = Slip("mac-as-flop", "took a MAC for one FLOP; it is a multiplication and an addition")

# depthwise separable and grouped convolutions
DEPTHWISE_FULL = Slip("depthwise-full", "let a depthwise filter reach through all channels: it sees one")
POINTWISE_KERNEL = Slip(
    "pointwise-kernel", "gave the pointwise convolution the kernel of the depthwise one: its is 1×1"
)
DEPTHWISE_ONLY = Slip(
    "depthwise-only", "counted the depthwise convolution only: a pointwise one mixes the channels"
)
POINTWISE_ONLY = Slip(
    "pointwise-only", "counted the pointwise convolution only: a depthwise one comes before it"
)
NO_DEPTHWISE_BIAS = Slip("no-depthwise-bias", "forgot the biases of the depthwise filters")
FORGOT_GROUPS = Slip("forgot-groups", "let every filter see all input channels, not those of its group")
DIVIDED_BIAS = Slip("divided-bias", "divided the biases by the groups too: every filter has one")
ONE_GROUP = Slip("one-group", "counted the filters of one group only")
INPUT_GROUPS_ONLY = Slip(
    "input-groups-only", "let the groups divide the input channels only: they share out the filters too"
)

# convolution values
FLIPPED_KERNEL = Slip("flipped-kernel", "turned the kernel by 180°: in a CNN it is not flipped")
TRANSPOSED_KERNEL = Slip("transposed-kernel", "took the rows of the kernel for its columns")
SWAPPED_POSITION = Slip("swapped-position", "took the row for the column")
TOOK_AVERAGE = Slip("took-average", "took the average of each window, not the largest")
TOOK_LARGEST = Slip("took-largest", "took the largest of each window, not the average")
SUMMED_WINDOW = Slip("summed-window", "summed up each window, and did not divide by its size")
FORGOT_RELU = Slip("forgot-relu", "forgot the ReLU: it makes negative numbers 0")
ONE_CHANNEL = Slip("one-channel", "took the first channel only: a filter sums over all input channels")
FORGOT_ONE_BIAS = Slip("forgot-one-bias", "forgot the bias")
BIAS_PER_CHANNEL = Slip(
    "bias-per-channel", "added the bias once for each input channel; a filter has a single one"
)
OVERLAPPING = Slip("overlapping", "moved the window by 1, and not by its own size")
EXCLUDED_END = Slip("excluded-end", "left out the largest number, which is possible too")

# bottlenecks and Inception modules
WAIST_IGNORED = Slip(
    "waist-ignored", "gave the large kernel all input channels, not those that the 1×1 convolution leaves"
)
REDUCTION_FREE = Slip("reduction-free", "took the 1×1 convolution for free")
NO_EXPANSION = Slip("no-expansion", "left out the last 1×1 convolution, which brings the channels back")
BRANCH_MISSED = Slip("branch-missed", "left one branch out of the sum")

# transposed convolution
FORWARD_FORMULA = Slip("forward-formula", "took the formula of the convolution that goes the other way")
PADDING_ADDED = Slip("padding-added", "added the padding: a transposed convolution cuts it off")
CUT_ONCE = Slip("cut-once", "cut the padding off one side only")
TIMES_STRIDE = Slip("times-stride", "multiplied with the stride, as if kernel and padding played no part")
ALL_STEPS = Slip("all-steps", "counted as many steps as positions: it is one step less")
FORGOT_OUTPUT_PADDING = Slip("forgot-output-padding", "forgot the output padding")
OUTPUT_PADDING_TWICE = Slip(
    "output-padding-twice", "added the output padding on both sides: it comes after the output only"
)
FORGOT_LAST_COPY = Slip(
    "forgot-last-copy", "stopped where the last copy starts: it reaches further by its span"
)
ALWAYS_STRIDE_LESS_ONE = Slip(
    "stride-less-one", "took the stride less one, which is not what every size takes"
)

# stacks of small kernels
KERNELS_ADDED = Slip("kernels-added", "added the kernels: each layer adds one less than its kernel, k − 1")
NO_START = Slip("no-start", "left out the one position that there is before the first layer")
ONE_OF_STACK = Slip("one-of-stack", "counted one layer of the stack only")
LAYER_TOO_MANY = Slip(
    "layer-too-many", "took one layer too many: its receptive field is larger than the single kernel"
)

# receptive field
SUMMED_KERNELS = Slip(
    "summed-kernels", "added up the kernels: each layer after the first adds one less than its kernel"
)
IGNORED_STRIDES = Slip(
    "ignored-strides", "forgot the strides: behind one, neighbouring units are further apart in the input"
)
OWN_STRIDE = Slip(
    "own-stride", "multiplied with a layer's own stride, which counts only for the layers after it"
)
ADDED_STRIDE = Slip("added-stride", "added the stride to the jump: it multiplies")
WHOLE_KERNEL = Slip("whole-kernel", "took F steps for F − 1 in every layer")
WHOLE_KERNEL_HERE = Slip("whole-kernel-here", "took F steps for F − 1")
FORGOT_ONE_UNIT = Slip("forgot-one-unit", "forgot the + 1, the pixel that is seen without any layer")

# gradients
SPREAD_EVENLY = Slip("spread-evenly", "shared the gradient out to the whole window: only the largest gets it")
TO_EVERY = Slip("to-every", "gave the whole gradient to every number of the window")
NOT_SHARED = Slip("not-shared", "gave every number of the window the whole gradient, not its share")
ONLY_LARGEST = Slip("only-largest", "gave all to the largest number, as max pooling does")
LAST_ONE_ONLY = Slip(
    "last-one-only", "kept only what the last window sends back: the gradients of all windows add up"
)
GATE_BY_GRADIENT = Slip(
    "gate-by-gradient", "stopped negative gradients; it is the input that decides what passes"
)
GATE_OPEN = Slip("gate-open", "let the gradient through where the input of the ReLU is negative")
RETURNED_VALUE = Slip("returned-value", "sent back the numbers of the forward pass, not the gradient")
SMALLEST = Slip("smallest", "sent the gradient to the smallest number of each window")
COUNTED_RECEIVERS = Slip("counted-receivers", "counted those that get a gradient, not those that get none")
COUNTED_OTHERS = Slip("counted-others", "counted those that get no gradient")
ONE_PLANE = Slip("one-plane", "counted one channel only")
ERROR_REVERSED = Slip("error-reversed", "subtracted the output from the target: it is output less target")
SQUARE_NOT_HALVED = Slip("square-not-halved", "took 2(y − t), but the loss is half of the square")
RELU_VALUE = Slip("relu-value", "multiplied by the ReLU's output, not by its slope")
TIMES_WEIGHT = Slip("times-weight", "multiplied by the weight: that is the gradient of the input")
UPHILL = Slip("uphill", "added the step: descent goes against the gradient")
WITH_EQUAL = Slip("with-equal", "let x be as large as the largest of the others")

# residual blocks
FORGOT_NORM = Slip("forgot-norm", "forgot the parameters of the batch normalisations, two for each channel")
CONV_BIAS_KEPT = Slip(
    "conv-bias-kept", "gave the convolutions biases: before a batch normalisation they have none"
)
SHORTCUT_COUNTED = Slip("shortcut-counted", "counted weights for the identity shortcut, which has none")
NO_PROJECTION = Slip("no-projection", "forgot the weights of the projection on the shortcut")
PROJECTION_KERNEL = Slip("projection-kernel", "gave the projection the kernel of the block: its is 1×1")
NARROW_SECOND = Slip("narrow-second", "gave the second convolution the input channels of the first")
STRIDE_TWICE = Slip(
    "stride-twice", "let both convolutions of the block have the stride: only the first has it"
)
FORGOT_ENDS = Slip("forgot-ends", "forgot the first convolution and the fully connected layer")
POOLS_IN_DEPTH = Slip("pools-in-depth", "counted the two poolings: they have no weights")
PROJECTIONS_IN_DEPTH = Slip("projections-in-depth", "counted the projections: they are beside the main path")
BLOCKS_AS_LAYERS = Slip("blocks-as-layers", "counted each block as one layer")

# batch norm
BY_VARIANCE = Slip("by-variance", "divided by the variance, and not by its root")
NOT_CENTRED = Slip("not-centred", "did not subtract the mean")
FORGOT_FACTOR = Slip("forgot-factor", "forgot γ and β")
SHIFT_FIRST = Slip("shift-first", "added β before multiplying by γ")
MOMENTUM_SWAPPED = Slip(
    "momentum-swapped", "gave the momentum to the other of the two, as the other library means it"
)
WRONG_VARIANCE = Slip("wrong-variance", "took the other variance: n and n − 1 differ")
ONLY_BATCH = Slip("only-batch", "took the numbers of the batch, and forgot the running ones")
FOUR_PER_CHANNEL = Slip("four-per-channel", "counted the running statistics as trainable too")
ONE_PER_CHANNEL = Slip("one-per-channel", "counted one number for each channel: there are two")
WEIGHTS_ONLY = Slip("weights-only", "scaled the weights, but not the bias")
FORGOT_MEAN = Slip("forgot-mean", "forgot the running mean: the shift is β − μ·s")
BETA_SCALED = Slip("beta-scaled", "scaled β too: it is added after the scaling")
SCALED_INPUTS = Slip("scaled-inputs", "scaled the columns: the factors belong to the filters, which are rows")
BIAS_ONLY = Slip("bias-only", "did not scale the weights")
LEFT_AT_START = Slip("left-at-start", "took γ = 1 and β = 0: those normalise, and undo nothing")
MEAN_REVERSED = Slip("mean-reversed", "subtracted the mean again: it has to be added back")
FORWARD_AGAIN = Slip("forward-again", "normalised the output once more, instead of going back")

# weight sharing
SHARED_WEIGHTS = Slip("shared-weights", "shared the weights between positions, as a convolution does")
SHARED_BIAS = Slip("shared-bias", "shared the biases between positions")
UNITS_AS_CHANNELS = Slip(
    "units-as-channels", "counted one unit for each output channel, not for each output number"
)

# softmax and cross-entropy
NOT_NORMALISED = Slip("not-normalised", "did not divide by the sum of the exponentials")
BY_LARGEST = Slip("by-largest", "divided by the largest exponential, not by the sum")
OWN_LEFT_OUT = Slip("own-left-out", "left the class itself out of the sum: those are the odds")
NOT_INVERTED = Slip("not-inverted", "gave the probability: the loss is −ln p, which is ln(1/p)")
ALL_CLASSES = Slip("all-classes", "added up −ln p of all classes, not that of the target only")
TARGET_FORGOTTEN = Slip("target-forgotten", "gave the probabilities, without taking 1 off that of the target")
FOR_PROBABILITY = Slip("for-probability", "took the derivative with respect to p, not to the scores")
TARGET_ROW = Slip("target-row", "gave only the target's weights a gradient: all scores are in the sum")
CLASS_TOO_MANY = Slip("class-too-many", "counted one class too many in the sum")
EXP_OF_ZERO = Slip("exp-of-zero", "took exp(0) for 0; it is 1")

# memory
BYTE_EACH = Slip("byte-each", "counted one byte for each number")
OTHER_FLOAT = Slip("other-float", "took the bytes of the other format: float32 has 4, float16 has 2")
DECIMAL_UNIT = Slip("decimal-unit", "divided by 1,000: a KiB has 1,024 bytes")
DIVIDED_ONCE = Slip("divided-once", "divided by 1,024 once: that gives KiB")
FORGOT_BATCH = Slip("forgot-batch", "counted one image, not the batch")
BATCH_OF_WEIGHTS = Slip("batch-of-weights", "counted the weights once for each image: the batch shares them")
MEBI_AS_MILLION = Slip("mebi-as-million", "took a MiB for a million bytes: it has 2²⁰")
THOUSAND_MEBI = Slip("thousand-mebi", "took a GiB for 1,000 MiB: it has 1,024")
ONE_OVER = Slip("one-over", "rounded up: one more does not fit")
ALL_MAPS = Slip("all-maps", "added up all maps: one that has been read is needed no more")
LARGEST_MAP = Slip("largest-map", "took the largest map alone: a layer needs its input and its output")
FORGOT_PARAMETERS = Slip("forgot-parameters", "gave the activations all of the memory")
PARAMETERS_ONCE = Slip(
    "parameters-once", "counted the parameters only, not what training keeps for each of them"
)

# dropout
DROPPED_NOT_KEPT = Slip("dropped-not-kept", "counted the units that are dropped, not those that are kept")
BY_DROP_RATE = Slip("by-drop-rate", "took the drop rate for the share that is kept")
KEEP_AS_DROP = Slip("keep-as-drop", "took the keep probability for the drop rate")
UNSCALED = Slip("unscaled", "did not scale")
SCALED_DOWN = Slip("scaled-down", "multiplied by the share that is kept: in training it is divided by it")
SCALED_UP = Slip("scaled-up", "divided by the share that is kept, which inverted dropout does in training")
TWO_PER_UNIT = Slip("two-per-unit", "counted two networks for each unit, and did not multiply them")
DEVIATION = Slip("deviation", "gave the standard deviation, which is the root of the variance")
ONE_FACTOR = Slip("one-factor", "forgot a factor: the variance of a unit is p·(1 − p)")
BIAS_DROPPED = Slip("bias-dropped", "dropped the bias too: only the inputs are dropped")
SQUARED_SUM = Slip(
    "squared-sum", "squared the sum; the variances of the inputs add up, each squared by itself"
)

# statistics of normalisations
AS_BATCH_NORM = Slip("as-batch-norm", "averaged over the images, as batch normalisation does")
AS_LAYER_NORM = Slip("as-layer-norm", "averaged over all channels of an image, as layer normalisation does")
AS_INSTANCE_NORM = Slip(
    "as-instance-norm", "averaged over one channel of one image, as instance normalisation does"
)
AS_GROUP_NORM = Slip("as-group-norm", "averaged over the channels of a group, as group normalisation does")
SAMPLE_VARIANCE = Slip("sample-variance", "divided by n − 1: normalisation divides by n")
SQUARES_SUMMED = Slip("squares-summed", "took the root of the sum of the squares, not of their mean")
BY_SQUARE = Slip("by-square", "divided by the mean square, and not by its root")
WITHOUT_WEIGHT = Slip("without-weight", "forgot the weight")
NOT_DIVIDING = Slip("not-dividing", "allowed groups that do not divide the channels")
FIRST_IMAGE = Slip("first-image", "added up the first image only")
HALF_COUNTED = Slip("half-counted", "divided by the numbers of one image")
MEAN_NOT_SQUARED = Slip("mean-not-squared", "subtracted the mean, not its square")

# tables
COUNTED_POOL = Slip("counted-pool", "counted weights for the poolings, which have none")
FLATTENED_DEPTH = Slip(
    "flattened-depth",
    "took only the channels into the first fully connected layer, not all positions of the map",
)

# global average pooling
FLATTENED = Slip("flattened", "flattened the map: a global pooling leaves one number of each channel")
POSITIONS_KEPT = Slip("positions-kept", "averaged over the channels: it is over the positions")
AVERAGED_TO_ONE = Slip("averaged-to-one", "averaged all to one number: each channel has its own")
NOTHING_LEFT = Slip(
    "nothing-left", "took all parameters for saved: the layer behind the pooling has some too"
)
OLD_IMAGE = Slip("old-image", "took the map of the old image size")
INVERTED = Slip("inverted", "turned the ratio around")

# initialisation
VARIANCE_GIVEN = Slip("variance-given", "gave the variance, whose root is the standard deviation")
FORGOT_TAPS = Slip(
    "forgot-taps", "took the channels for the fan: each counts as often as the kernel has weights"
)
FAN_OUT = Slip("fan-out", "took the fan-out for the fan-in")
FANS_SWAPPED = Slip("fans-swapped", "took the fan-in for the fan-out, and the other way round")
BIAS_IN_FAN = Slip("bias-in-fan", "counted the bias as an input")
NO_GAIN = Slip("no-gain", "took 1 for 2, which makes up for what the ReLU cuts off")
ONE_FAN = Slip("one-fan", "took the fan-in alone, and not the sum of both")
BOUND_SQUARED = Slip("bound-squared", "gave the square of the bound")
BOUND_IS_DEVIATION = Slip(
    "bound-is-deviation", "took the standard deviation for the bound: its square is three times the variance"
)
MEAN_OF_FANS = Slip("mean-of-fans", "divided by the sum of both fans, not by their mean")
RELU_IGNORED = Slip("relu-ignored", "ignored the ReLU, which halves the mean square")

# fully connected layers as convolutions, im2col
ONE_BY_ONE = Slip(
    "one-by-one", "took 1×1 kernels: the layer reads the whole map, so its kernels are as large"
)
FILTER_PER_NUMBER = Slip(
    "filter-per-number", "took a filter for each number of the map: there is one for each unit"
)
ONE_PLACE = Slip("one-place", "left the output as it is for the usual image")
SHIFTED_BY_KERNEL = Slip("shifted-by-kernel", "moved the head by its own size: it moves by 1")
WHOLE_MAP = Slip("whole-map", "gave the head as many places as the map has: its kernel takes some")
NOT_COPIED = Slip("not-copied", "counted every input number once: where windows overlap it is copied")
SIDES_SWAPPED = Slip("sides-swapped", "took the rows for the columns")

# design under a budget
FORGOT_FIRST = Slip("forgot-first", "left out what the first layer sees, its own kernel")
FIELD_AS_ADDED = Slip("field-as-added", "let each layer add 2 pixels, whatever the stride before it")
IMAGE_DEPTH = Slip(
    "image-depth", "gave all layers the channels of the image: those after the first have its filters"
)

# two conventions
BIAS_ADDED_ONCE = Slip("bias-added-once", "added each bias once: it is added at every output position")
SAME_UNIT = Slip("same-unit", "took one MB for the other: one has 2²⁰ bytes, the other 10⁶")
RELU_ALIKE = Slip("relu-alike", "counted the ReLU alike in both: in place it has no output of its own")
COUNTED_TWICE = Slip("counted-twice", "counted γ and β again: they are in both numbers")
FORGOT_COUNTER = Slip("forgot-counter", "forgot the counter of batches that each normalisation keeps")
CONVENTIONS_SWAPPED = Slip("conventions-swapped", "took each of the two conventions for the other")
