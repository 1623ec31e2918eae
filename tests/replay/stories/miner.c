/* SPDX-License-Identifier: Apache-2.0 */
// A miner's conversation and no mining: the CryptoNote login, then a share four times a second;
// when the pool hangs up, again. Writes "accepted" for each share to stdout. Ends after 30 s.
//   java -c FILE      FILE holds: ADDRESS PORT fast|slow   (slow: one byte a packet)
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int slow;

static int say(int fd, const char *text)
{
    size_t size = strlen(text), step = slow ? 1 : size;

    for (size_t at = 0; at < size; at += step) {
        if (send(fd, text + at, step, MSG_NOSIGNAL) != (ssize_t)step)
            return -1;
        if (slow)
            usleep(1000);
    }
    return 0;
}

static void mine(int fd)
{
    char answer[4096], share[512];
    int id = 2;

    if (say(fd, "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"login\",\"params\":{\"login\":"
                "\"48StoryStoryStoryStoryStoryStoryStoryStoryStoryStoryStoryStoryStoryStoryStory"
                "StoryStoryStory\",\"pass\":\"x\",\"agent\":\"XMRig/6.21.0 (Linux x86_64) "
                "libuv/1.44.2 gcc/11.2.0\",\"algo\":[\"rx/0\",\"cn/r\"]}}\n") != 0)
        return;
    while (recv(fd, answer, sizeof answer, 0) > 0) {
        if (id > 2) {
            puts("accepted");
            fflush(stdout);
        }
        slow = 0; // the login was slow enough
        usleep(250000);
        snprintf(share, sizeof share,
                 "{\"id\":%d,\"jsonrpc\":\"2.0\",\"method\":\"submit\",\"params\":{\"id\":"
                 "\"1f2e3d\",\"job_id\":\"7\",\"nonce\":\"%08x\",\"result\":\"%064x\"}}\n",
                 id, id * 7919, id);
        id++;
        if (say(fd, share) != 0)
            return;
    }
}

int main(int argc, char **argv)
{
    char address[64], speed[8];
    struct sockaddr_in pool = {.sin_family = AF_INET};
    unsigned port;
    FILE *config = argc == 3 ? fopen(argv[2], "r") : NULL;

    if (!config || fscanf(config, "%63s %u %7s", address, &port, speed) != 3)
        return 1;
    fclose(config);
    slow = strcmp(speed, "slow") == 0;
    pool.sin_port = htons(port);
    inet_pton(AF_INET, address, &pool.sin_addr);
    alarm(30);
    for (;;) {
        int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (connect(fd, (struct sockaddr *)&pool, sizeof pool) == 0)
            mine(fd);
        close(fd);
        usleep(500000);
    }
}
