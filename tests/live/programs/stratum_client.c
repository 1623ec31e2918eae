/* stratum_client ADDRESS PORT MESSAGE HOW RESULT: connects, sends what the file MESSAGE holds,
 * reads an answer, and writes "connect=ERRNO send=ERRNO recv=ERRNO ms=N" to the file RESULT. HOW:
 * one, byte (a byte a write), writev, sendfile, splice, fork (the child sends), listen (the server
 * speaks first). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char message[65536];
static size_t size;

static int send_it(int fd, const char *how, int file)
{
    if (!strcmp(how, "byte")) {
        for (size_t i = 0; i < size; i++) {
            if (send(fd, message + i, 1, MSG_NOSIGNAL) != 1)
                return errno;
        }
        return 0;
    }
    if (!strcmp(how, "writev")) {
        struct iovec parts[16];
        size_t each = size / 16 + 1, at = 0;
        int used = 0;

        for (; at < size; at += each, used++) {
            parts[used].iov_base = message + at;
            parts[used].iov_len = size - at < each ? size - at : each;
        }
        return writev(fd, parts, used) == (ssize_t)size ? 0 : errno;
    }
    if (!strcmp(how, "sendfile")) {
        off_t from = 0;

        return sendfile(fd, file, &from, size) == (ssize_t)size ? 0 : errno;
    }
    if (!strcmp(how, "splice")) {
        int ends[2];
        loff_t from = 0;

        if (pipe(ends) || splice(file, &from, ends[1], NULL, size, 0) != (ssize_t)size)
            return errno;
        return splice(ends[0], NULL, fd, NULL, size, 0) == (ssize_t)size ? 0 : errno;
    }
    return send(fd, message, size, MSG_NOSIGNAL) == (ssize_t)size ? 0 : errno;
}

static int open_connection(const char *address, int port, int *error)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    int is_six = inet_pton(AF_INET6, address, &six.sin6_addr), one = 1;
    int fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

    inet_pton(AF_INET, address, &four.sin_addr);
    *error = connect(fd, is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four,
                     is_six ? sizeof(six) : sizeof(four))
                 ? errno
                 : 0;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

int main(int count, char **words)
{
    struct timeval patience = {10, 0};
    struct timespec from, to;
    int fd, file, connected, sent = 0, received = 0;
    char answer[512];
    FILE *result;

    if (count < 6)
        return 2;
    file = open(words[3], O_RDONLY);
    size = read(file, message, sizeof(message));
    fd = open_connection(words[1], atoi(words[2]), &connected);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    clock_gettime(CLOCK_MONOTONIC, &from);
    if (!connected) {
        if (!strcmp(words[4], "listen") && recv(fd, answer, sizeof(answer), 0) <= 0)
            received = errno;
        if (!strcmp(words[4], "fork")) {
            int status = 0;

            if (!fork())
                _exit(send_it(fd, "one", file));
            wait(&status);
            sent = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
        } else {
            sent = send_it(fd, words[4], file);
        }
        if (!received && recv(fd, answer, sizeof(answer), 0) < 0)
            received = errno;
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    result = fopen(words[5], "w");
    fprintf(result, "connect=%d send=%d recv=%d ms=%ld\n", connected, sent, received,
            (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000);
    return fclose(result) || connected || sent || received;
}
