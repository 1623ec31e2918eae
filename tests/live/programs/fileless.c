/* SPDX-License-Identifier: Apache-2.0 */
/* fileless HOW PROGRAM ARGS…: runs PROGRAM from a file that has no name. HOW: memfd, memfd-open
 * (without close-on-exec), tmpfile (O_TMPFILE beside the program), execveat, sealed (a memfd that
 * looks like runc's copy of itself), fexecve (PROGRAM is removed first), run (PROGRAM as it is). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

int main(int count, char **words)
{
    char path[64], folder[4096];
    struct stat status;
    int from, to;

    if (count < 3)
        return 2;
    if (!strcmp(words[1], "run")) {
        execve(words[2], words + 2, environ);
        perror("exec");
        return 1;
    }
    from = open(words[2], O_RDONLY | O_CLOEXEC);
    if (from < 0 || fstat(from, &status))
        return 1;
    if (!strcmp(words[1], "tmpfile")) {
        snprintf(folder, sizeof(folder), "%s", words[2]);
        to = open(dirname(folder), O_TMPFILE | O_RDWR, 0700);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
        if (to < 0 || sendfile(to, from, NULL, status.st_size) != status.st_size)
            return 1;
        /* A file open for writing does not run (ETXTBSY). */
        from = open(path, O_RDONLY | O_CLOEXEC);
        close(to);
        to = from;
    } else if (!strcmp(words[1], "fexecve")) {
        if (unlink(words[2]))
            return 1;
        to = from;
    } else if (!strcmp(words[1], "sealed")) {
        /* runc, libcontainer/nsenter/cloned_binary.c */
        to = memfd_create("runc_cloned:/proc/self/exe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (to < 0 || sendfile(to, from, NULL, status.st_size) != status.st_size ||
            fchmod(to, 0700) ||
            fcntl(to, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
            return 1;
    } else {
        to = memfd_create("kworker", strcmp(words[1], "memfd-open") ? MFD_CLOEXEC : 0);
        if (to < 0 || sendfile(to, from, NULL, status.st_size) != status.st_size)
            return 1;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
    if (!strcmp(words[1], "execveat"))
        syscall(SYS_execveat, to, "", words + 2, environ, AT_EMPTY_PATH);
    else if (!strcmp(words[1], "fexecve"))
        fexecve(to, words + 2, environ);
    else
        execve(path, words + 2, environ);
    perror("exec");
    return 1;
}
