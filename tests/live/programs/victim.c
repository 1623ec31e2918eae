/* SPDX-License-Identifier: Apache-2.0 */
/* victim FOLDER NAME [unlink PATH] [connect PORT]: makes FOLDER/NAME.ready, waits for FOLDER/go,
 * does what it was told, and makes FOLDER/NAME.marker: whoever was killed has made none. It waits
 * ten seconds at most, so that a kill that never came shows. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void make(const char *folder, const char *name, const char *suffix, int number)
{
    char path[4096];
    int fd;

    snprintf(path, sizeof(path), "%s/%s.%s", folder, name, suffix);
    fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    dprintf(fd, "%d\n", number);
    close(fd);
}

int main(int count, char **words)
{
    struct timespec pause = {0, 5000000};
    char go[4096];

    if (count < 3)
        return 2;
    make(words[1], words[2], "ready", getpid());
    snprintf(go, sizeof(go), "%s/go", words[1]);
    if (count > 4 && !strcmp(words[3], "unlink"))
        unlink(words[4]);
    for (int i = 0; i < 2000 && access(go, F_OK); i++)
        nanosleep(&pause, NULL);
    if (count > 4 && !strcmp(words[3], "connect")) {
        struct sockaddr_in address = {.sin_family = AF_INET};
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        address.sin_port = htons(atoi(words[4]));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        make(words[1], words[2], "connect",
             connect(fd, (struct sockaddr *)&address, sizeof(address)) ? errno : 0);
    }
    make(words[1], words[2], "marker", getpid());
    return 0;
}
