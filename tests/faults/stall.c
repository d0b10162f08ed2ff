/* SPDX-License-Identifier: BSD-3-Clause
 * Preloaded (LD_PRELOAD) into a program under test: the first file opened under a folder never opens, as on a disk or a
 * network that hangs.
 *   PHREATIC_STALL_UNDER  the folder
 *   PHREATIC_STALL_MARK   a file that is made when the program waits */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REAL(type, name, ...)              \
  static type (*real)(__VA_ARGS__) = NULL; \
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, name)

static int inside(const char* path) {
  const char* under = getenv("PHREATIC_STALL_UNDER");
  char whole[PATH_MAX];
  if (under == NULL || path == NULL) return 0;
  if (path[0] != '/') {
    char here[PATH_MAX];
    if (getcwd(here, sizeof here) == NULL) return 0;
    if (snprintf(whole, sizeof whole, "%s/%s", here, path) >= (int)sizeof whole) return 0;
    path = whole;
  }
  const size_t n = strlen(under);
  return strncmp(path, under, n) == 0 && (path[n] == '/' || path[n] == 0);
}

static void stall(const char* path) {
  if (!inside(path)) return;
  REAL(FILE*, "fopen", const char*, const char*);
  FILE* mark = real(getenv("PHREATIC_STALL_MARK"), "w");
  if (mark != NULL) fclose(mark);
  for (;;) sleep(1);
}

#define MODE()                                \
  mode_t mode = 0;                            \
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) { \
    va_list rest;                             \
    va_start(rest, flags);                    \
    mode = va_arg(rest, mode_t);              \
    va_end(rest);                             \
  }
int open(const char* path, int flags, ...) {
  REAL(int, "open", const char*, int, ...);
  MODE()
  stall(path);
  return real(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  REAL(int, "open64", const char*, int, ...);
  MODE()
  stall(path);
  return real(path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  REAL(int, "openat", int, const char*, int, ...);
  MODE()
  stall(path);
  return real(folder, path, flags, mode);
}
FILE* fopen(const char* path, const char* how) {
  REAL(FILE*, "fopen", const char*, const char*);
  stall(path);
  return real(path, how);
}
FILE* fopen64(const char* path, const char* how) {
  REAL(FILE*, "fopen64", const char*, const char*);
  stall(path);
  return real(path, how);
}
