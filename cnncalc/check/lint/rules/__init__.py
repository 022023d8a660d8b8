"""Every rule of advice, one in a file, by code."""

from __future__ import annotations

from cnncalc.check.lint.model import Rule
from cnncalc.check.lint.rules import (
    activation_before_max_pool,
    bias_before_norm,
    checkerboard,
    dropout_before_norm,
    dropped_border,
    gridding,
    heavy_flatten,
    idle_activation,
    idle_pooling,
    misaligned_branches,
    no_nonlinearity,
    one_value_per_channel,
    skipped_inputs,
    small_receptive_field,
    softmax_before_loss,
    taps_in_padding,
    unaligned_channels,
    uneven_same_padding,
    unread_layer,
    unused_ignore,
    window_in_padding,
)

__all__ = ["RULES"]

#: CNN30x: what does nothing; 31x: which positions are seen; 32x: training; 33x: speed and size
RULES: tuple[Rule, ...] = (
    unused_ignore.RULE,
    bias_before_norm.RULE,
    idle_activation.RULE,
    idle_pooling.RULE,
    no_nonlinearity.RULE,
    unread_layer.RULE,
    uneven_same_padding.RULE,
    skipped_inputs.RULE,
    dropped_border.RULE,
    window_in_padding.RULE,
    taps_in_padding.RULE,
    misaligned_branches.RULE,
    gridding.RULE,
    checkerboard.RULE,
    small_receptive_field.RULE,
    one_value_per_channel.RULE,
    dropout_before_norm.RULE,
    softmax_before_loss.RULE,
    unaligned_channels.RULE,
    activation_before_max_pool.RULE,
    heavy_flatten.RULE,
)
