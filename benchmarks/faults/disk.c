/* A disk that fails, or forgets what was not flushed. Preload it (LD_PRELOAD); `disk.py` compiles it.

   disk_fails(N, E): from now on the Nth call that writes, or makes a file or folder, fails with error E, and every
   later one; disk_calls() tells how many there were. FAULTS_FAIL_AT=N and FAULTS_ERRNO=E say it at the start.
   FAULTS_JOURNAL=FILE and FAULTS_KEPT=FOLDER: every write, flush and move is noted in FILE. Before a move replaces a
   file, that file is linked into FOLDER, so that a power cut can bring it back. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int journal = -1;
static long calls, fail_at;
static int fail_with, moves;
static const char *kept, *only;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("FAULTS_JOURNAL"), *at = getenv("FAULTS_FAIL_AT"), *with = getenv("FAULTS_ERRNO");
    kept = getenv("FAULTS_KEPT");
    only = getenv("FAULTS_BELOW");
    if (file) journal = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (at) fail_at = atol(at);
    if (with) fail_with = atoi(with);
}

/* Whether a path is on the disk that fails. */
static int counts(const char *path) {
    size_t length = only ? strlen(only) : 0;
    return length && strncmp(path, only, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* Write the whole path of a file that may not be there yet; return 0 if its folder is not there. */
static int whole(const char *path, char *found) {
    const char *slash = strrchr(path, '/');
    char folder[4096];
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    if (!realpath(folder, found)) return 0;
    snprintf(found + strlen(found), 4096, "/%s", slash ? slash + 1 : path);
    return 1;
}

static int counts_new(const char *path) {
    char found[8192];
    return only && whole(path, found) && counts(found);
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 4095);
    if (length < 0) return 0;
    path[length] = 0;
    return counts(path);
}

void disk_fails(long at, int error) { calls = 0, fail_at = at, fail_with = error; }

long disk_calls(void) { return calls; }

static int fails(void) {
    if (__sync_add_and_fetch(&calls, 1) >= fail_at && fail_at) {
        errno = fail_with;
        return 1;
    }
    return 0;
}

static void note(const char *what, const char *one, const char *other, const char *third) {
    char line[16384];
    if (journal < 0) return;
    int length = snprintf(line, sizeof line, "%s\t%s\t%s\t%s\n", what, one, other, third);
    syscall(SYS_write, journal, line, length);
}

static void dirty(int fd) {
    char path[4096], inode[32];
    struct stat found;
    if (path_of(fd, path) && fstat(fd, &found) == 0 && S_ISREG(found.st_mode)) {
        snprintf(inode, sizeof inode, "%lu", (unsigned long)found.st_ino);
        note("write", inode, path, "");
    }
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ON_DISK(fd) ({ char path[4096]; path_of(fd, path); })

ssize_t write(int fd, const void *data, size_t size) {
    if (ON_DISK(fd) && fails()) return -1;
    ssize_t done = REAL(write)(fd, data, size);
    dirty(fd);
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    if (ON_DISK(fd) && fails()) return -1;
    ssize_t done = REAL(pwrite64)(fd, data, size, at);
    dirty(fd);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

int ftruncate64(int fd, off64_t size) {
    if (ON_DISK(fd) && fails()) return -1;
    int done = REAL(ftruncate64)(fd, size);
    dirty(fd);
    return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

ssize_t sendfile64(int to, int from, off64_t *at, size_t size) {
    if (ON_DISK(to) && fails()) return -1;
    ssize_t done = REAL(sendfile64)(to, from, at, size);
    dirty(to);
    return done;
}

ssize_t sendfile(int to, int from, off_t *at, size_t size) { return sendfile64(to, from, at, size); }

ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *onto, size_t size, unsigned flags) {
    if (ON_DISK(to) && fails()) return -1;
    ssize_t done = REAL(copy_file_range)(from, at, to, onto, size, flags);
    dirty(to);
    return done;
}

ssize_t writev(int fd, const struct iovec *data, int count) {
    if (ON_DISK(fd) && fails()) return -1;
    ssize_t done = REAL(writev)(fd, data, count);
    dirty(fd);
    return done;
}

/* Buffered output: what the C library writes itself passes none of the functions above. */
size_t fwrite(const void *data, size_t size, size_t count, FILE *file) {
    if (ON_DISK(fileno(file)) && fails()) return 0;
    size_t done = REAL(fwrite)(data, size, count, file);
    dirty(fileno(file));
    return done;
}

FILE *fopen64(const char *path, const char *mode) {
    if (strpbrk(mode, "wa+") && counts_new(path) && fails()) return NULL;
    return REAL(fopen64)(path, mode);
}

FILE *fopen(const char *path, const char *mode) { return fopen64(path, mode); }

static int opens(int folder, const char *path, int flags, mode_t mode) {
    if (flags & (O_WRONLY | O_RDWR | O_CREAT) && counts_new(path) && fails()) return -1;
    return REAL(openat64)(folder, path, flags, mode);
}

#define MODE(flags)                          \
    mode_t mode = 0;                         \
    if (flags & (O_CREAT | O_TMPFILE)) {     \
        va_list more;                        \
        va_start(more, flags);               \
        mode = va_arg(more, mode_t);         \
        va_end(more);                        \
    }

int open(const char *path, int flags, ...) { MODE(flags) return opens(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opens(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return opens(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return opens(folder, path, flags, mode); }

int mkdir(const char *path, mode_t mode) { return counts_new(path) && fails() ? -1 : REAL(mkdir)(path, mode); }

static int flush(int fd, int (*real)(int)) {
    char path[4096], inode[32];
    struct stat found;
    int ours = path_of(fd, path);
    if (ours && fails()) return -1;
    int done = real(fd);
    if (ours && done == 0 && fstat(fd, &found) == 0) {
        snprintf(inode, sizeof inode, "%lu", (unsigned long)found.st_ino);
        note(S_ISDIR(found.st_mode) ? "folder" : "flush", inode, path, "");
    }
    return done;
}

int fsync(int fd) { return flush(fd, REAL(fsync)); }
int fdatasync(int fd) { return flush(fd, REAL(fdatasync)); }

int rename(const char *from, const char *to) {
    char first[4096], second[8192], copy[4200] = "";
    if (!realpath(from, first) || !whole(to, second) || !counts(second)) return REAL(rename)(from, to);
    if (fails()) return -1;
    if (kept) {
        snprintf(copy, sizeof copy, "%s/%d-%d", kept, (int)getpid(), __sync_add_and_fetch(&moves, 1));
        if (REAL(link)(second, copy) != 0) copy[0] = 0; /* nothing is replaced, or a folder moves */
    }
    note("move", first, second, copy);
    return REAL(rename)(from, to);
}

int renameat(int one, const char *from, int other, const char *to) {
    if (one == AT_FDCWD && other == AT_FDCWD) return rename(from, to);
    return counts_new(to) && fails() ? -1 : REAL(renameat)(one, from, other, to);
}

int link(const char *from, const char *to) { return counts_new(to) && fails() ? -1 : REAL(link)(from, to); }
int symlink(const char *from, const char *to) { return counts_new(to) && fails() ? -1 : REAL(symlink)(from, to); }
