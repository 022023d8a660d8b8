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
ONE_BIAS = Slip("one-bias", "counted one bias for the whole layer, not one for each filter")
IMAGE_IN_PARAMS = Slip(
    "image-in-params",
    "multiplied with the size of the image, although the weights are shared between positions",
)
SWAPPED_CHANNELS = Slip("swapped-channels", "took the output channels for the input channels")
BIAS_PER_PIXEL = Slip("bias-per-pixel", "counted one bias for each output position")
BIAS_PER_INPUT = Slip("bias-per-input", "counted one bias for each input, not for each unit")
