/* uring unlink PATH | uring rename FROM TO: by io_uring, so that no syscall of that name is made.
 */
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **words)
{
    struct io_uring ring;
    struct io_uring_sqe *entry;
    struct io_uring_cqe *done;
    int error;

    if (count < 3)
        return 2;
    error = io_uring_queue_init(1, &ring, 0);
    if (error) {
        fprintf(stderr, "io_uring: %s\n", strerror(-error));
        return 1;
    }
    entry = io_uring_get_sqe(&ring);
    if (!strcmp(words[1], "rename") && count > 3)
        io_uring_prep_renameat(entry, AT_FDCWD, words[2], AT_FDCWD, words[3], 0);
    else
        io_uring_prep_unlinkat(entry, AT_FDCWD, words[2], 0);
    io_uring_submit(&ring);
    error = io_uring_wait_cqe(&ring, &done);
    if (!error && done->res < 0) {
        fprintf(stderr, "%s: %s\n", words[1], strerror(-done->res));
        return 1;
    }
    return error ? 1 : 0;
}
