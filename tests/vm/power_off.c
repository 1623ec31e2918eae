/* power_off N: ends the guest, and QEMU with status 2 * N + 1 (its device isa-debug-exit at port
 * 0xf4). Static: it is the guest's last program. */
#include <stdlib.h>
#include <sys/io.h>
#include <unistd.h>

int main(int count, char** words)
{
    sync();
    if (iopl(3))
        return 1;
    outb(count > 1 ? atoi(words[1]) : 0, 0xf4);
    return 1;
}
