"""What there are questions about, in the order of a course: one file per topic."""

from __future__ import annotations

from cnncalc.practice.model import Topic
from cnncalc.practice.topics import (
    batch_norm,
    bottleneck,
    convolution_values,
    cross_entropy,
    depthwise,
    design,
    dropout,
    fc_as_conv,
    global_pooling,
    gradients,
    initialisation,
    macs,
    memory,
    norm_statistics,
    output_size,
    padding,
    parameters,
    pooling,
    receptive_field,
    residual,
    stacked,
    tables,
    transposed,
    weight_sharing,
)

__all__ = ["TOPICS"]

TOPICS: dict[str, Topic] = {
    module.TOPIC.name: module.TOPIC
    for module in (
        output_size,
        padding,
        pooling,
        transposed,
        convolution_values,
        gradients,
        receptive_field,
        parameters,
        weight_sharing,
        tables,
        macs,
        memory,
        global_pooling,
        fc_as_conv,
        depthwise,
        bottleneck,
        stacked,
        residual,
        cross_entropy,
        batch_norm,
        norm_statistics,
        dropout,
        initialisation,
        design,
    )
}
