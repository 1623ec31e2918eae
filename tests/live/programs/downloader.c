/* SPDX-License-Identifier: Apache-2.0 */
/* downloader HOST PORT PATH [STAY]: fetches a file over HTTP to stdout, with nothing but libc,
 * linked statically. With STAY it outlives a refusal, and says so by making that file. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **words)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    char buffer[4096], *body = NULL;
    size_t used = 0;
    ssize_t size;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (count < 4)
        return 2;
    address.sin_port = htons(atoi(words[2]));
    inet_pton(AF_INET, words[1], &address.sin_addr);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
        if (count > 4)
            close(open(words[4], O_CREAT | O_WRONLY, 0644));
        perror("connect");
        return 1;
    }
    dprintf(fd, "GET %s HTTP/1.0\r\n\r\n", words[3]);
    while (used < sizeof(buffer) - 1 &&
           (size = read(fd, buffer + used, sizeof(buffer) - 1 - used)) > 0)
        used += size;
    buffer[used] = 0;
    body = strstr(buffer, "\r\n\r\n");
    return body && write(1, body + 4, strlen(body + 4)) >= 0 ? 0 : 1;
}
