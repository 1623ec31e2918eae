/* SPDX-License-Identifier: Apache-2.0 */
/* stratum_client ADDRESS PORT MESSAGE HOW RESULT: connects, sends what the file MESSAGE holds,
 * reads an answer, and writes "connect=ERRNO send=ERRNO recv=ERRNO ms=N" to the file RESULT. HOW is
 * one of the rows below. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
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

static char message[1 << 20];
static size_t size;
static int file;

static void set(int fd, int option, int value)
{
    setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value));
}

/* Short counts go on where they stopped: a socket's buffer may be smaller than the message. */
static int send_with(int fd, int flags)
{
    for (size_t at = 0; at < size;) {
        ssize_t sent = send(fd, message + at, size - at, MSG_NOSIGNAL | flags);

        if (sent < 0)
            return errno;
        at += sent;
    }
    return 0;
}

static int send_one(int fd) { return send_with(fd, 0); }

static int send_bytes(int fd)
{
    for (size_t i = 0; i < size; i++) {
        if (send(fd, message + i, 1, MSG_NOSIGNAL) != 1)
            return errno;
    }
    return 0;
}

/* Bytes that the kernel may join as it likes. */
static int send_nagled(int fd)
{
    set(fd, TCP_NODELAY, 0);
    return send_bytes(fd);
}

static int in_parts(struct iovec *parts, int most)
{
    size_t each = size / most + 1;
    int used = 0;

    for (size_t at = 0; at < size; at += each, used++) {
        parts[used].iov_base = message + at;
        parts[used].iov_len = size - at < each ? size - at : each;
    }
    return used;
}

static int send_writev(int fd)
{
    struct iovec parts[16];

    return writev(fd, parts, in_parts(parts, 16)) == (ssize_t)size ? 0 : errno;
}

static int send_sendmsg(int fd)
{
    static struct iovec parts[512];
    struct msghdr header = {.msg_iov = parts, .msg_iovlen = in_parts(parts, 512)};

    return sendmsg(fd, &header, MSG_NOSIGNAL) == (ssize_t)size ? 0 : errno;
}

static int send_sendfile(int fd)
{
    off_t from = 0;

    return sendfile(fd, file, &from, size) == (ssize_t)size ? 0 : errno;
}

static int send_splice(int fd)
{
    int ends[2];
    loff_t from = 0;

    if (pipe(ends) || splice(file, &from, ends[1], NULL, size, 0) != (ssize_t)size)
        return errno;
    return splice(ends[0], NULL, fd, NULL, size, 0) == (ssize_t)size ? 0 : errno;
}

static int send_zerocopy(int fd)
{
    int one = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
        return errno;
    return send_with(fd, MSG_ZEROCOPY);
}

/* Corked bytes leave when a timer of the kernel says so (200 ms): in softirq, with anybody current.
 */
static int send_corked(int fd)
{
    set(fd, TCP_CORK, 1);
    return send_one(fd);
}

static int send_more(int fd) { return send_with(fd, MSG_MORE); }

static int by_ring(int fd, unsigned flags)
{
    struct io_uring ring;
    struct io_uring_sqe *entry;
    struct io_uring_cqe *done;
    int error = io_uring_queue_init(1, &ring, flags);

    if (error)
        return -error;
    entry = io_uring_get_sqe(&ring);
    io_uring_prep_send(entry, fd, message, size, MSG_NOSIGNAL);
    io_uring_submit(&ring);
    error = io_uring_wait_cqe(&ring, &done);
    if (error)
        return -error;
    return done->res < 0 ? -done->res : 0;
}

static int send_ring(int fd) { return by_ring(fd, 0); }
static int send_polled(int fd) { return by_ring(fd, IORING_SETUP_SQPOLL); }

/* The socket is the child's by inheritance. */
static int send_forked(int fd)
{
    int status = 0;

    if (!fork())
        _exit(send_one(fd));
    wait(&status);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static void pass(int channel, int fd)
{
    char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof(control)};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);

    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &fd, sizeof(int));
    sendmsg(channel, &header, 0);
}

static int passed(int channel)
{
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {&byte, 1};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof(control)};
    int fd;

    if (recvmsg(channel, &header, 0) != 1)
        return -1;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof(int));
    return fd;
}

static const struct way {
    const char *name;
    int (*send)(int fd);
} ways[] = {
    {"one", send_one},       {"byte", send_bytes},        {"nagle", send_nagled},
    {"writev", send_writev}, {"sendmsg", send_sendmsg},   {"sendfile", send_sendfile},
    {"splice", send_splice}, {"zerocopy", send_zerocopy}, {"cork", send_corked},
    {"more", send_more},     {"uring", send_ring},        {"sqpoll", send_polled},
    {"fork", send_forked},   {"listen", send_one}, /* once the server has said something */
    {"passed", send_one}, /* by a process that got the socket from who connected it */
    {"orphan", send_one}, /* the same, and who connected it has gone */
};

static int open_connection(const char *address, int port, int *error)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    int is_six = inet_pton(AF_INET6, address, &six.sin6_addr);
    int fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

    inet_pton(AF_INET, address, &four.sin_addr);
    *error = connect(fd, is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four,
                     is_six ? sizeof(six) : sizeof(four))
                 ? errno
                 : 0;
    set(fd, TCP_NODELAY, 1);
    return fd;
}

/* Who connects is a child, and this process, which it forked from, gets the socket; with `gone`
 * once that child has ended. */
static int socket_of_another(char **words, int gone, int *error)
{
    int channel[2], status = 0;
    pid_t child;

    socketpair(AF_UNIX, SOCK_STREAM, 0, channel);
    child = fork();
    if (!child) {
        int fd = open_connection(words[1], atoi(words[2]), error);

        pass(channel[1], fd);
        close(channel[0]);
        if (!gone)
            (void)!read(channel[1], error, 1); /* until the other has gone */
        _exit(*error);
    }
    close(channel[1]);
    if (gone) {
        waitpid(child, &status, 0);
        *error = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
    }
    return passed(channel[0]);
}

/* How long an answer may take. The tests name the deadline of an emulated processor, and allow the
 * end of a connection a sixth of it. */
static struct timeval answer_patience(void)
{
    const char *seconds = getenv("DAVYLAMP_TEST_DEADLINE_S");

    return (struct timeval){.tv_sec = seconds ? atoi(seconds) / 6 : 10};
}

static int talk(int fd, const struct way *way, int *received)
{
    struct timeval patience = answer_patience();
    char answer[512];
    ssize_t taken;
    int sent;

    *received = 0;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (!strcmp(way->name, "listen") && recv(fd, answer, sizeof(answer), 0) <= 0)
        *received = errno;
    sent = way->send(fd);
    if (!*received && recv(fd, answer, sizeof(answer), 0) < 0)
        *received = errno;
    /* Whatever was answered on the way, the connection's end counts. With answers unread it would
     * be a reset, and bytes that wait to be sent would be lost. */
    shutdown(fd, SHUT_WR);
    while (!sent && !*received && (taken = recv(fd, answer, sizeof(answer), 0)))
        *received = taken < 0 ? errno : 0;
    return sent;
}

int main(int count, char **words)
{
    const struct way *way = NULL;
    struct timespec from, to;
    int fd, connected = 0, sent = 0, received = 0;
    FILE *result;

    for (size_t i = 0; count == 6 && i < sizeof(ways) / sizeof(*ways); i++) {
        if (!strcmp(words[4], ways[i].name))
            way = &ways[i];
    }
    if (!way)
        return 2;
    file = open(words[3], O_RDONLY);
    size = read(file, message, sizeof(message));
    if (!strcmp(way->name, "passed") || !strcmp(way->name, "orphan"))
        fd = socket_of_another(words, way->name[0] == 'o', &connected);
    else
        fd = open_connection(words[1], atoi(words[2]), &connected);
    clock_gettime(CLOCK_MONOTONIC, &from);
    if (!connected)
        sent = talk(fd, way, &received);
    clock_gettime(CLOCK_MONOTONIC, &to);
    result = fopen(words[5], "w");
    fprintf(result, "connect=%d send=%d recv=%d ms=%ld\n", connected, sent, received,
            (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000);
    return fclose(result) || connected || sent || received;
}
