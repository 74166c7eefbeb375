# SPDX-License-Identifier: MIT
"""The studio in which the photos of the sample catalogue are drawn (tools/make_sample.py)."""
