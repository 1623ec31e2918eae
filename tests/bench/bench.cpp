// SPDX-License-Identifier: Apache-2.0
// What the sensor costs: everyday operations timed without it and with it, in turns, so that both
// see the same machine. Prints ratios, medians over the rounds.
//   bench DAVYLAMP [ROUNDS] [davylamp run's options…]
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

extern char** environ;

namespace {

using Clock = std::uint64_t;

Clock now_ns()
{
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<Clock>(time.tv_sec) * 1000000000 + static_cast<Clock>(time.tv_nsec);
}

[[noreturn]] void die(const char* what)
{
    std::perror(what);
    std::exit(1);
}

void check(bool good, const char* what)
{
    if (!good)
        die(what);
}

void pin(int cpu)
{
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    sched_setaffinity(0, sizeof cpus, &cpus);
}

struct Operation {
    const char* name;
    int count;
    std::function<void()> once;
};

int listener(int type, std::uint16_t& port)
{
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
    if (type == SOCK_STREAM)
        check(listen(fd, 1024) == 0, "listen");
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    return fd;
}

int connected(int type, std::uint16_t port)
{
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    check(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "connect");
    return fd;
}

std::vector<Operation> operations(const char* child)
{
    static std::uint16_t tcp_port, udp_port;
    static int accepting = listener(SOCK_STREAM, tcp_port);
    listener(SOCK_DGRAM, udp_port);
    static int sender = connected(SOCK_STREAM, tcp_port);
    static int receiver = accept4(accepting, nullptr, nullptr, SOCK_CLOEXEC);
    static std::string big(65536, 'x');
    static std::string sink(65536, 0);
    static std::string path = "/dev/shm/davylamp-bench-" + std::to_string(getpid());
    static const char* program = child;

    auto send_one = [](std::size_t size) {
        check(send(sender, big.data(), size, 0) == static_cast<ssize_t>(size), "send");
        for (std::size_t got = 0; got < size;) {
            ssize_t part = recv(receiver, sink.data(), size - got, 0);
            check(part > 0, "recv");
            got += static_cast<std::size_t>(part);
        }
    };
    return {
        {"a syscall nobody hooks", 400000, [] { syscall(SYS_getppid); }},
        {"posix_spawn", 1500,
         [] {
             char* argv[] = {const_cast<char*>(program), const_cast<char*>("--child"), nullptr};
             pid_t pid;
             check(posix_spawn(&pid, program, nullptr, nullptr, argv, environ) == 0, "spawn");
             waitpid(pid, nullptr, 0);
         }},
        {"fork + exec", 1000,
         [] {
             pid_t pid = fork();
             if (pid == 0) {
                 execl(program, program, "--child", static_cast<char*>(nullptr));
                 _exit(127);
             }
             waitpid(pid, nullptr, 0);
         }},
        {"fork", 2000,
         [] {
             pid_t pid = fork();
             if (pid == 0)
                 _exit(0);
             waitpid(pid, nullptr, 0);
         }},
        {"TCP connect + close", 5000,
         [] {
             int fd = connected(SOCK_STREAM, tcp_port);
             close(accept4(accepting, nullptr, nullptr, 0));
             linger abort{1, 0}; // no TIME_WAIT to run out of ports
             setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
             close(fd);
         }},
        {"UDP connect", 100000,
         [] {
             static int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
             sockaddr_in address{};
             address.sin_family = AF_INET;
             address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
             address.sin_port = htons(udp_port);
             check(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "udp");
         }},
        {"create + unlink on tmpfs", 20000,
         [] {
             close(open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
             unlink(path.c_str());
         }},
        {"TCP send of 64 B", 50000, [=] { send_one(64); }},
        {"TCP send of 64 KiB", 10000, [=] { send_one(65536); }},
    };
}

double per_operation(const Operation& operation)
{
    for (int i = 0; i < operation.count / 20; i++)
        operation.once();
    Clock begin = now_ns();
    for (int i = 0; i < operation.count; i++)
        operation.once();
    return static_cast<double>(now_ns() - begin) / operation.count;
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// The sensor on the other core, once it says that it watches.
pid_t start_sensor(const std::vector<char*>& argv)
{
    int err[2];
    check(pipe2(err, O_CLOEXEC) == 0, "pipe");
    pid_t pid = fork();
    if (pid == 0) {
        pin(1);
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, 1);
        dup2(err[1], 2);
        execv(argv[0], argv.data());
        _exit(127);
    }
    close(err[1]);
    std::string said;
    char buffer[512];
    while (said.find("watching") == std::string::npos) {
        ssize_t size = read(err[0], buffer, sizeof buffer);
        if (size <= 0) {
            std::fprintf(stderr, "bench: the sensor did not start:\n%s\n", said.c_str());
            std::exit(1);
        }
        said.append(buffer, static_cast<std::size_t>(size));
    }
    // Somebody must go on reading, or the sensor would block on a full pipe.
    std::thread([fd = err[0]] {
        char rest[512];
        while (read(fd, rest, sizeof rest) > 0) {
        }
        close(fd);
    }).detach();
    return pid;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc > 1 && std::strcmp(argv[1], "--child") == 0)
        _exit(0);
    if (argc < 2) {
        std::fprintf(stderr, "usage: bench DAVYLAMP [ROUNDS] [options of davylamp run]\n");
        return 2;
    }
    int rounds = argc > 2 ? std::atoi(argv[2]) : 7;
    std::vector<char*> sensor{argv[1], const_cast<char*>("run"), const_cast<char*>("--no-pin")};
    for (int i = 3; i < argc; i++)
        sensor.push_back(argv[i]);
    sensor.push_back(nullptr);
    pin(0);
    char self[4096];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    check(size > 0, "readlink");
    self[size] = 0;
    std::vector<Operation> all = operations(self); // this program is its own child: small, static

    std::vector<std::vector<double>> without(all.size()), ratios(all.size());
    for (int round = 0; round < rounds; round++) {
        std::vector<double> plain;
        for (const Operation& operation : all)
            plain.push_back(per_operation(operation));
        pid_t pid = start_sensor(sensor);
        for (std::size_t i = 0; i < all.size(); i++) {
            without[i].push_back(plain[i]);
            ratios[i].push_back(per_operation(all[i]) / plain[i]);
        }
        kill(pid, SIGTERM);
        waitpid(pid, nullptr, 0);
    }
    std::printf("%-26s %12s %8s\n", "operation", "without, us", "ratio");
    for (std::size_t i = 0; i < all.size(); i++)
        std::printf("%-26s %12.2f %8.3f\n", all[i].name, median(without[i]) / 1000,
                    median(ratios[i]));
    return 0;
}
