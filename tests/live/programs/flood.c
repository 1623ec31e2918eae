/* SPDX-License-Identifier: Apache-2.0 */
/* flood PORT COUNT: so many connects to 127.0.0.1; prints how many were refused with EPERM. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **words)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int refused = 0;

    if (count < 3)
        return 2;
    address.sin_port = htons(atoi(words[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < atoi(words[2]); i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) && errno == EPERM)
            refused++;
        close(fd);
    }
    printf("%d\n", refused);
    return 0;
}
