# SPDX-License-Identifier: BSD-3-Clause
"""Random models that mix packages, options and ways to write MODFLOW 6 input, and the comparison of two programs' results."""
