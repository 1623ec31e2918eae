/* SPDX-License-Identifier: Apache-2.0 */
/* continuer HOW PROGRAM ARGS…: runs PROGRAM from a memfd in a child, and has it go on whenever it
 * is stopped. HOW: signal (SIGCONT, as fast as it can), trace (ptrace, which takes the stop away),
 * orphan (its process group loses its last parent, whereupon the kernel sends SIGCONT). Ends when
 * the child has. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int run(char **words)
{
    char path[64];
    struct stat status;
    int from = open(words[0], O_RDONLY | O_CLOEXEC), to = memfd_create("kworker", MFD_CLOEXEC);

    if (from < 0 || to < 0 || fstat(from, &status) ||
        sendfile(to, from, NULL, status.st_size) != status.st_size)
        return 1;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
    execve(path, words, environ);
    perror("exec");
    return 1;
}

static int by_signal(char **words)
{
    pid_t child = fork();

    if (!child)
        _exit(run(words));
    while (waitpid(child, NULL, WNOHANG) == 0)
        kill(child, SIGCONT);
    return 0;
}

static int by_trace(char **words)
{
    int status;
    pid_t child = fork();

    if (!child) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        _exit(run(words));
    }
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status))
        ptrace(PTRACE_CONT, child, 0, 0); /* and no signal */
    return 0;
}

static int by_orphan(char **words)
{
    pid_t between;

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    between = fork();
    if (!between) {
        siginfo_t info;
        pid_t child;

        setsid(); /* its group has a parent in its session as long as this process lives */
        child = fork();
        if (!child) {
            setpgid(0, 0);
            signal(SIGHUP, SIG_IGN); /* which comes with the SIGCONT */
            _exit(run(words));
        }
        waitid(P_PID, child, &info, WSTOPPED | WEXITED | WNOWAIT);
        _exit(0);
    }
    while (wait(NULL) > 0) {
    }
    return 0;
}

int main(int count, char **words)
{
    if (count < 3)
        return 2;
    if (!strcmp(words[1], "signal"))
        return by_signal(words + 2);
    return !strcmp(words[1], "trace") ? by_trace(words + 2) : by_orphan(words + 2);
}
