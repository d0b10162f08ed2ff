// SPDX-License-Identifier: BSD-3-Clause
#include "phreatic/studies/wells/types.hpp"
