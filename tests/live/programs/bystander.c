/* SPDX-License-Identifier: Apache-2.0 */
/* bystander COUNT FOLDER: so many processes, spread over the CPUs, make system calls and talk TCP
 * on loopback until FOLDER/stop is there. FOLDER/bystanders gets their pids once they are up. Exit
 * status: how many of them ended otherwise than well. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void stay_on(int cpu)
{
    cpu_set_t allowed, one;
    int seen = 0;

    sched_getaffinity(0, sizeof(allowed), &allowed);
    cpu %= CPU_COUNT(&allowed);
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &allowed) && seen++ == cpu) {
            CPU_ZERO(&one);
            CPU_SET(i, &one);
            sched_setaffinity(0, sizeof(one), &one);
        }
    }
}

/* 0 where every byte came back. */
static int live(int number, const char *stop, int up)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), here = socket(AF_INET, SOCK_STREAM, 0), there;
    char byte = 'b';

    stay_on(number);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 1) ||
        getsockname(listener, (struct sockaddr *)&address, &length) ||
        connect(here, (struct sockaddr *)&address, sizeof(address)))
        return 1;
    there = accept(listener, NULL, NULL);
    if (there < 0 || write(up, &byte, 1) != 1)
        return 1;
    while (access(stop, F_OK)) {
        if (send(here, &byte, 1, MSG_NOSIGNAL) != 1 || recv(there, &byte, 1, 0) != 1)
            return 1;
        usleep(500);
    }
    return 0;
}

int main(int count, char **words)
{
    int up[2], many, bad = 0, status;
    char path[4096], byte;
    FILE *pids;

    if (count < 3 || pipe(up))
        return 255;
    many = atoi(words[1]);
    snprintf(path, sizeof(path), "%s/bystanders.new", words[2]);
    pids = fopen(path, "w");
    snprintf(path, sizeof(path), "%s/stop", words[2]);
    for (int i = 0; i < many; i++) {
        pid_t child = fork();

        if (!child)
            _exit(live(i, path, up[1]));
        fprintf(pids, "%d\n", child);
    }
    fclose(pids);
    close(up[1]);
    for (int i = 0; i < many; i++) {
        if (read(up[0], &byte, 1) != 1)
            return 254;
    }
    if (chdir(words[2]) || rename("bystanders.new", "bystanders"))
        return 253;
    while (wait(&status) > 0)
        bad += status != 0;
    return bad;
}
