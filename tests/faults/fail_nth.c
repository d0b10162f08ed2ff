/* SPDX-License-Identifier: BSD-3-Clause
 * Preloaded (LD_PRELOAD) into a program under test: the n-th call of one kind on files under a folder fails.
 *   PHREATIC_FAIL_UNDER  the folder; calls on other files are left alone
 *   PHREATIC_FAIL_CALL   write, open, fsync, rename, close or none
 *   PHREATIC_FAIL_AT     which call of that kind, from 1
 *   PHREATIC_FAIL_ERRNO  the error's number
 *   PHREATIC_FAIL_COUNTS a file that gets the number of calls of each kind at the end
 * Opening counts only when it is for writing. A disk that is full stays so: later writes fail too. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE, OPEN, FSYNC, RENAME, CLOSE, KINDS };
static const char* const names[KINDS] = {"write", "open", "fsync", "rename", "close"};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counts[KINDS];
static char under[PATH_MAX];
static int chosen = -1, code = ENOSPC;
static long at = 0;

__attribute__((constructor)) static void begin(void) {
  const char* text = getenv("PHREATIC_FAIL_UNDER");
  if (text != NULL && realpath(text, under) == NULL) under[0] = 0;
  text = getenv("PHREATIC_FAIL_CALL");
  for (int k = 0; text != NULL && k < KINDS; ++k) {
    if (strcmp(text, names[k]) == 0) chosen = k;
  }
  if ((text = getenv("PHREATIC_FAIL_AT")) != NULL) at = atol(text);
  if ((text = getenv("PHREATIC_FAIL_ERRNO")) != NULL) code = atoi(text);
}

__attribute__((destructor)) static void end(void) {
  const char* path = getenv("PHREATIC_FAIL_COUNTS");
  if (path == NULL) return;
  FILE* file = fopen(path, "w");
  if (file == NULL) return;
  for (int k = 0; k < KINDS; ++k) fprintf(file, "%s %ld\n", names[k], counts[k]);
  fclose(file);
}

static int inside(const char* path) {
  char whole[PATH_MAX];
  if (under[0] == 0 || path == NULL) return 0;
  if (path[0] != '/') {
    char here[PATH_MAX];
    if (getcwd(here, sizeof here) == NULL) return 0;
    if (snprintf(whole, sizeof whole, "%s/%s", here, path) >= (int)sizeof whole) return 0;
    path = whole;
  }
  const size_t n = strlen(under);
  return strncmp(path, under, n) == 0 && (path[n] == '/' || path[n] == 0);
}

static int inside_fd(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink(link, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = 0;
  return inside(path);
}

static int fails(int kind) {
  pthread_mutex_lock(&lock);
  const long n = ++counts[kind];
  pthread_mutex_unlock(&lock);
  const int now = kind == chosen && (n == at || (kind == WRITE && code == ENOSPC && n > at && at > 0));
  if (now) errno = code;
  return now;
}

#define REAL(type, name, ...)              \
  static type (*real)(__VA_ARGS__) = NULL; \
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void* bytes, size_t n) {
  REAL(ssize_t, "write", int, const void*, size_t);
  if (inside_fd(fd) && fails(WRITE)) return -1;
  return real(fd, bytes, n);
}
ssize_t writev(int fd, const struct iovec* parts, int n) {
  REAL(ssize_t, "writev", int, const struct iovec*, int);
  if (inside_fd(fd) && fails(WRITE)) return -1;
  return real(fd, parts, n);
}
ssize_t pwrite(int fd, const void* bytes, size_t n, off_t offset) {
  REAL(ssize_t, "pwrite", int, const void*, size_t, off_t);
  if (inside_fd(fd) && fails(WRITE)) return -1;
  return real(fd, bytes, n, offset);
}
ssize_t pwrite64(int fd, const void* bytes, size_t n, off64_t offset) {
  REAL(ssize_t, "pwrite64", int, const void*, size_t, off64_t);
  if (inside_fd(fd) && fails(WRITE)) return -1;
  return real(fd, bytes, n, offset);
}
int fsync(int fd) {
  REAL(int, "fsync", int);
  if (inside_fd(fd) && fails(FSYNC)) return -1;
  return real(fd);
}
int close(int fd) {
  REAL(int, "close", int);
  const int now = inside_fd(fd) && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY && fails(CLOSE);
  const int result = real(fd);
  if (now) errno = code;
  return now ? -1 : result;
}
int rename(const char* from, const char* to) {
  REAL(int, "rename", const char*, const char*);
  if (inside(to) && fails(RENAME)) return -1;
  return real(from, to);
}

static int opens(const char* path, int flags) {
  return ((flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0) && inside(path) && fails(OPEN);
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
  return opens(path, flags) ? -1 : real(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  REAL(int, "open64", const char*, int, ...);
  MODE()
  return opens(path, flags) ? -1 : real(path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  REAL(int, "openat", int, const char*, int, ...);
  MODE()
  return opens(path, flags) ? -1 : real(folder, path, flags, mode);
}
FILE* fopen(const char* path, const char* how) {
  REAL(FILE*, "fopen", const char*, const char*);
  const int writes = strpbrk(how, "wa+") != NULL;
  return writes && inside(path) && fails(OPEN) ? NULL : real(path, how);
}
FILE* fopen64(const char* path, const char* how) {
  REAL(FILE*, "fopen64", const char*, const char*);
  const int writes = strpbrk(how, "wa+") != NULL;
  return writes && inside(path) && fails(OPEN) ? NULL : real(path, how);
}
