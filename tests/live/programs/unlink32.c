/* SPDX-License-Identifier: Apache-2.0 */
/* unlink32 PATH: removes a file by the 32-bit system call of a 64-bit processor (int 0x80), which
 * 32-bit programs use. Exit status 3 where the architecture has none, 4 where this host takes none
 * (some hypervisors, ia32_emulation=off): it ends in SIGSEGV there. */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void refused(int number)
{
    (void)number;
    _exit(4);
}

int main(int count, char **words)
{
#ifdef __x86_64__
    long result;
    char *low; /* its pointers have 32 bits */

    if (count != 2 || strlen(words[1]) >= 4096)
        return 2;
    low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (low == MAP_FAILED)
        return 1;
    strcpy(low, words[1]);
    signal(SIGSEGV, refused);
    __asm__ volatile("int $0x80" /* unlink is 10, arch/x86/entry/syscalls/syscall_32.tbl */
                     : "=a"(result)
                     : "a"(10), "b"((unsigned)(unsigned long)low)
                     : "memory", "r8", "r9", "r10", "r11");
    return result != 0;
#else
    (void)count;
    (void)words;
    return 3;
#endif
}
