/* SPDX-License-Identifier: Apache-2.0 */
/* crowd COUNT READY: so many processes, each of which has connected somewhere, has a pipe as its
 * stdout, and sleeps. Makes the file READY once they all do; they end with the first. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void member(int ready)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(fd, (struct sockaddr *)&address, sizeof(address)); /* nobody listens */
    close(fd);
    if (write(ready, "", 1) != 1)
        _exit(1);
    pause();
    _exit(0);
}

int main(int count, char **words)
{
    int ready[2], out[2], most = count > 2 ? atoi(words[1]) : 0;
    char byte;

    if (!most || pipe(ready) || pipe(out) || dup2(out[1], 1) < 0)
        return 2;
    for (int i = 0; i < most; i++) {
        pid_t pid = fork();

        if (pid < 0)
            return 1;
        if (!pid) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            member(ready[1]);
        }
    }
    for (int i = 0; i < most; i++) {
        if (read(ready[0], &byte, 1) != 1)
            return 1;
    }
    if (open(words[2], O_CREAT | O_WRONLY, 0666) < 0)
        return 1;
    pause();
    return 0;
}
