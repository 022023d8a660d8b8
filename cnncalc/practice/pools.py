"""Numbers that are nice to calculate with, as they stand in exams and in networks."""

from __future__ import annotations

__all__ = ["CHANNELS", "DENSE", "IMAGE_CHANNELS", "IMAGE_SIZES", "KERNELS", "MAP_SIZES"]

KERNELS = (1, 3, 5, 7, 11)
IMAGE_CHANNELS = (1, 3)
CHANNELS = (6, 8, 10, 16, 20, 32, 64, 96, 100, 128, 192, 256, 384, 512)
DENSE = (10, 20, 64, 84, 100, 120, 128, 256, 512, 1000, 4096)
MAP_SIZES = (7, 8, 13, 14, 15, 16, 27, 28, 31, 32, 56, 63, 64, 127, 128)
IMAGE_SIZES = (100, 112, 200, 224, 227, 256, 299, 300)
