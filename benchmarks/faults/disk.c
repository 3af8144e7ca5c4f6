/* A disk that fails, or forgets what was not flushed. Preload it (LD_PRELOAD); `disk.py` compiles it.

   FAULTS_FAIL_AT=N and FAULTS_ERRNO=E: the Nth call that writes fails with that error, and every later one.
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
static int counts(const char *path) { return only && strncmp(path, only, strlen(only)) == 0; }

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 4095);
    if (length < 0) return 0;
    path[length] = 0;
    return counts(path);
}

static int fails(void) {
    if (fail_at && __sync_add_and_fetch(&calls, 1) >= fail_at) {
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

ssize_t writev(int fd, const struct iovec *data, int count) {
    if (ON_DISK(fd) && fails()) return -1;
    ssize_t done = REAL(writev)(fd, data, count);
    dirty(fd);
    return done;
}

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
    char first[4096], second[4096], copy[4200] = "";
    if (!realpath(from, first)) return REAL(rename)(from, to);
    char *slash = strrchr(to, '/'), folder[4096];
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - to) : 1, slash ? to : ".");
    if (!realpath(folder, second)) return REAL(rename)(from, to);
    snprintf(second + strlen(second), sizeof second - strlen(second), "/%s", slash ? slash + 1 : to);
    if (!counts(second)) return REAL(rename)(from, to);
    if (fails()) return -1;
    if (kept) {
        snprintf(copy, sizeof copy, "%s/%d-%d", kept, (int)getpid(), __sync_add_and_fetch(&moves, 1));
        if (link(second, copy) != 0) copy[0] = 0; /* nothing is replaced, or a folder moves */
    }
    note("move", first, second, copy);
    return REAL(rename)(from, to);
}
