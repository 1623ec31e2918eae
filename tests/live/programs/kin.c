/* SPDX-License-Identifier: Apache-2.0 */
/* kin FOLDER NAME HOW [WORDS…]: one process and its kin, on one image. Whoever is up makes
 * FOLDER/NAME.ready, waits for FOLDER/go, ten seconds at most, and makes FOLDER/NAME.marker. HOW:
 *   child PATH    its child removes PATH
 *   thread PATH   a thread that is not its first removes PATH
 *   leaderless    its first thread has ended, another goes on
 *   fork OTHER    a child as well, named OTHER, which never execs
 *   vfork OTHER   the same by vfork: the parent sleeps on its child, which has no image of its own
 *   orphan        the parent has ended, the child goes on
 *   connect PORT  after go, a child connects to 127.0.0.1; its errno goes to FOLDER/NAME.connect
 *   start PROGRAM WORDS…   after go, a child runs PROGRAM; 0.3 s after its end, which leave time
 *                 for its parent to be ended as well, comes the marker */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char **words;

static void make(const char *name, const char *suffix, int number)
{
    char path[4096];
    int fd;

    snprintf(path, sizeof(path), "%s/%s.%s", words[1], name, suffix);
    fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    dprintf(fd, "%d\n", number);
    close(fd);
}

static void await_go(void)
{
    struct timespec pause = {0, 5000000};
    char go[4096];

    snprintf(go, sizeof(go), "%s/go", words[1]);
    for (int i = 0; i < 2000 && access(go, F_OK); i++)
        nanosleep(&pause, NULL);
}

static void live(const char *name)
{
    make(name, "ready", getpid());
    await_go();
    make(name, "marker", getpid());
}

static void *remover(void *path)
{
    unlink(path);
    return NULL;
}

static int first_has_ended(void)
{
    char path[64], line[512], *state;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
    file = fopen(path, "r");
    state = file && fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
    if (file)
        fclose(file);
    return state && state[2] == 'Z';
}

static void *survivor(void *unused)
{
    struct timespec pause = {0, 1000000};

    (void)unused;
    while (!first_has_ended())
        nanosleep(&pause, NULL);
    live(words[2]);
    exit(0);
}

static void connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    make(words[2], "connect",
         connect(fd, (struct sockaddr *)&address, sizeof(address)) ? errno : 0);
}

int main(int count, char **all)
{
    pthread_t thread;
    const char *how, *word;
    pid_t child = 0;

    words = all;
    if (count < 4)
        return 2;
    how = words[3];
    word = count > 4 ? words[4] : "";
    if (!strcmp(how, "leaderless")) {
        if (pthread_create(&thread, NULL, survivor, NULL))
            return 1;
        pthread_exit(NULL);
    }
    if (!strcmp(how, "vfork")) {
        make(words[2], "ready", getpid());
        child = vfork();
        if (!child) {
            live(word);
            _exit(0);
        }
        make(words[2], "marker", getpid());
        return 0;
    }
    if (!strcmp(how, "orphan")) {
        pid_t parent = getpid();
        struct timespec pause = {0, 1000000};

        if (fork())
            return 0;
        while (getppid() == parent)
            nanosleep(&pause, NULL);
        live(words[2]);
        return 0;
    }
    if (!strcmp(how, "fork")) {
        child = fork();
        if (!child) {
            live(word);
            return 0;
        }
    }
    make(words[2], "ready", getpid());
    if (!strcmp(how, "child")) {
        child = fork();
        if (!child)
            return unlink(word);
    }
    if (!strcmp(how, "thread") && !pthread_create(&thread, NULL, remover, (void *)word))
        pthread_join(thread, NULL);
    await_go();
    if (!strcmp(how, "connect") || !strcmp(how, "start")) {
        child = fork();
        if (!child && *how == 'c') {
            connect_to(atoi(word));
            return 0;
        }
        if (!child) {
            execv(words[4], words + 4);
            return 127;
        }
    }
    if (child)
        waitpid(child, NULL, 0);
    if (!strcmp(how, "start")) {
        struct timespec pause = {0, 300000000};

        nanosleep(&pause, NULL);
    }
    make(words[2], "marker", getpid());
    return 0;
}
