/* SPDX-License-Identifier: Apache-2.0 */
/* By io_uring, so that no syscall of that name is made:
 *   uring unlink PATH
 *   uring rename FROM TO
 *   uring connect ADDRESS PORT REPORT WAY   then the reply to GET /x.sh goes to stdout
 *   uring knock ADDRESS PORT REPORT WAY     the connect alone
 *   uring vanish PATH ADDRESS PORT REPORT WAY   unlink, then knock
 * WAY is inline (in the submitter's context where it need not wait), worker (in a thread of
 * io-wq) or sqpoll (in the thread that polls for submissions). REPORT gets the connect's errno. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct io_uring ring;

static int made(unsigned flags)
{
    int error = io_uring_queue_init(1, &ring, flags);

    if (error)
        fprintf(stderr, "io_uring: %s\n", strerror(-error));
    return error;
}

/* The answer to the one entry that was prepared. */
static int answer(void)
{
    struct io_uring_cqe *done;
    int error;

    io_uring_submit(&ring);
    error = io_uring_wait_cqe(&ring, &done);
    return error ? error : done->res;
}

static int change(const char *what, const char *path, const char *to)
{
    struct io_uring_sqe *entry;
    int error;

    if (made(0))
        return 1;
    entry = io_uring_get_sqe(&ring);
    if (to)
        io_uring_prep_renameat(entry, AT_FDCWD, path, AT_FDCWD, to, 0);
    else
        io_uring_prep_unlinkat(entry, AT_FDCWD, path, 0);
    error = answer();
    if (error)
        fprintf(stderr, "%s: %s\n", what, strerror(-error));
    io_uring_queue_exit(&ring);
    return error ? 1 : 0;
}

static void copy_body(int fd)
{
    static const char request[] = "GET /x.sh HTTP/1.0\r\n\r\n";
    FILE *reply = fdopen(fd, "r+");
    char line[4096];
    int body = 0;

    if (!reply || write(fd, request, sizeof(request) - 1) < 0)
        return;
    while (fgets(line, sizeof(line), reply)) {
        if (body)
            fputs(line, stdout);
        body = body || !strcmp(line, "\r\n");
    }
}

static int connected(char **words, int reads)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1]))};
    int polled = !strcmp(words[3], "sqpoll");
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct io_uring_sqe *entry;
    FILE *report;
    int error;

    if (fd < 0 || inet_pton(AF_INET, words[0], &to.sin_addr) != 1)
        return 2;
    if (made(polled ? IORING_SETUP_SQPOLL : 0))
        return 1;
    if (polled && io_uring_register_files(&ring, &fd, 1))
        return 1;
    entry = io_uring_get_sqe(&ring);
    /* Before 5.11 the polling thread knows registered files only. */
    io_uring_prep_connect(entry, polled ? 0 : fd, (struct sockaddr *)&to, sizeof(to));
    if (polled)
        entry->flags |= IOSQE_FIXED_FILE;
    else if (!strcmp(words[3], "worker"))
        entry->flags |= IOSQE_ASYNC;
    error = answer();
    report = fopen(words[2], "w");
    if (report) {
        fprintf(report, "%d\n", -error);
        fclose(report);
    }
    if (!error && reads)
        copy_body(fd);
    return error ? 1 : 0;
}

int main(int count, char **words)
{
    if (count == 3 && !strcmp(words[1], "unlink"))
        return change(words[1], words[2], NULL);
    if (count == 4 && !strcmp(words[1], "rename"))
        return change(words[1], words[2], words[3]);
    if (count == 6 && !strcmp(words[1], "connect"))
        return connected(words + 2, 1);
    if (count == 6 && !strcmp(words[1], "knock"))
        return connected(words + 2, 0);
    if (count == 7 && !strcmp(words[1], "vanish"))
        return change(words[1], words[2], NULL) ? 1 : connected(words + 3, 0);
    return 2;
}
