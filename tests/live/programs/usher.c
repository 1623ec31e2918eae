/* SPDX-License-Identifier: Apache-2.0 */
/* usher FIFO: runs under a guard what the test asks for, so that many cases share one guard. Each
 * line of the fifo is a job's folder, which holds `argv` (words ended by NUL) and `group` (a file
 * cgroup.procs). The job's output goes to `out` and `err` there; `pid` names it, and `status` is
 * its exit status or 128 + signal, whole once it is there. Ends when the fifo's last writer goes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 64 };

static void put(const char *name, const char *target, int number)
{
    FILE *file = fopen(name, "we");

    if (!file || fprintf(file, "%d\n", number) < 0 || fclose(file) || rename(name, target))
        exit(1);
}

static void become(int folder)
{
    static char text[1 << 20], group[4096];
    char *words[WORDS + 1] = {NULL};
    int out = openat(folder, "out", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    int err = openat(folder, "err", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    int argv = openat(folder, "argv", O_RDONLY | O_CLOEXEC);
    int name = openat(folder, "group", O_RDONLY | O_CLOEXEC);
    ssize_t size = read(argv, text, sizeof(text) - 1);
    int procs, count = 0;

    if (size <= 0 || read(name, group, sizeof(group) - 1) <= 0)
        _exit(125);
    procs = open(group, O_WRONLY | O_CLOEXEC);
    if (procs < 0 || write(procs, "0", 1) != 1)
        _exit(125);
    for (char *at = text; at < text + size && count < WORDS; at += strlen(at) + 1)
        words[count++] = at;
    if (out < 0 || err < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(125);
    execvp(words[0], words);
    perror(words[0]);
    _exit(127);
}

int main(int count, char **words)
{
    char line[4096];
    FILE *jobs = count == 2 ? fopen(words[1], "re") : NULL;

    if (!jobs)
        return 2;
    while (fgets(line, sizeof(line), jobs)) {
        int folder, status;
        pid_t pid;

        line[strcspn(line, "\n")] = 0;
        folder = open(line, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0 || chdir(line))
            return 1;
        pid = fork();
        if (!pid) {
            if (chdir("/"))
                _exit(125);
            become(folder);
        }
        close(folder);
        if (pid < 0)
            return 1;
        put("pid.new", "pid", pid);
        if (waitpid(pid, &status, 0) != pid)
            return 1;
        put("status.new", "status",
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        if (chdir("/"))
            return 1;
    }
    return 0;
}
