// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What a loop writes is not what it reads in another turn.
#if defined(__clang__)
#define PHREATIC_NO_DEPENDENCE  // clang warns where it cannot vectorise; it only fuzzes here
#else
#define PHREATIC_NO_DEPENDENCE _Pragma("GCC ivdep")
#endif
