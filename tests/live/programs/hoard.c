/* SPDX-License-Identifier: Apache-2.0 */
/* hoard files COUNT FOLDER: makes so many files there, each of them a download by its looks.
 * hoard texts COUNT READY: so many processes that have each read four texts from the network, and
 * sleep. Opens the fifo READY once they all do, or one could not; they end with the first. Who
 * waits at a fifo starts no programs meanwhile. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void take_from_network(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(fd, (struct sockaddr *)&address, sizeof(address)); /* nobody listens */
    close(fd);
}

static int files(int count, const char *folder)
{
    char name[32];

    if (chdir(folder))
        return 1;
    take_from_network();
    for (int i = 0; i < count; i++) {
        int fd;

        snprintf(name, sizeof(name), "%d", i);
        fd = open(name, O_CREAT | O_WRONLY, 0666);
        if (fd < 0)
            return 1;
        close(fd);
    }
    return 0;
}

/* Four are what is kept for a process, by the numbers of the pipes: these are consecutive. */
enum { EACH = 4 };

static void reader(int number, int ready)
{
    int ends[EACH][2];
    char text[64];

    for (int i = 0; i < EACH; i++) {
        if (pipe(ends[i]))
            _exit(1);
    }
    for (int i = 0; i < EACH; i++) {
        pid_t pid = fork();

        if (!pid) {
            int size =
                snprintf(text, sizeof(text), "/usr/bin/echo text %d of reader %d\n", i, number);

            if (dup2(ends[i][1], 1) < 0)
                _exit(1);
            take_from_network();
            _exit(write(1, text, size) != size);
        }
        if (pid < 0 || read(ends[i][0], text, sizeof(text)) <= 0 || waitpid(pid, NULL, 0) != pid)
            _exit(1);
    }
    if (write(ready, "", 1) != 1)
        _exit(1);
    pause();
    _exit(0);
}

static int all_read(int count)
{
    int ready[2];
    char byte;

    if (pipe(ready))
        return 0;
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();

        if (pid < 0)
            return 0;
        if (!pid) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            reader(i, ready[1]);
        }
    }
    close(ready[1]);
    for (int i = 0; i < count; i++) {
        if (read(ready[0], &byte, 1) != 1)
            return 0;
    }
    return 1;
}

static int texts(int count, const char *name)
{
    int read = all_read(count);
    int fd = open(name, O_WRONLY);

    if (fd < 0 || !read)
        return 1;
    close(fd);
    pause();
    return 0;
}

int main(int count, char **words)
{
    if (count != 4)
        return 2;
    return strcmp(words[1], "files") ? texts(atoi(words[2]), words[3])
                                     : files(atoi(words[2]), words[3]);
}
