/* SPDX-License-Identifier: Apache-2.0 */
/* service HOST PORT PATH FILE [image]: a program that talks to the network, writes a file of what
 * it heard, and runs it itself: with bash, as Hadoop's NodeManager does, or as an image. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **words)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    static char buffer[1 << 20];
    size_t used = 0;
    ssize_t size;
    char *body;
    int status, file, fd = socket(AF_INET, SOCK_STREAM, 0);
    pid_t child;

    if (count < 5)
        return 2;
    address.sin_port = htons(atoi(words[2]));
    inet_pton(AF_INET, words[1], &address.sin_addr);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
        return 1;
    dprintf(fd, "GET %s HTTP/1.0\r\n\r\n", words[3]);
    while (used < sizeof(buffer) - 1 &&
           (size = read(fd, buffer + used, sizeof(buffer) - 1 - used)) > 0)
        used += size;
    body = strstr(buffer, "\r\n\r\n");
    if (!body)
        return 1;
    body += 4;
    used -= body - buffer;
    file = open(words[4], O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0755);
    if (file < 0 || write(file, body, used) != (ssize_t)used || close(file))
        return 1;
    child = fork();
    if (!child) {
        if (count > 5)
            execl(words[4], words[4], words[5], NULL);
        else
            execl("/bin/bash", "bash", words[4], NULL);
        _exit(127);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
