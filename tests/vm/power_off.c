/* SPDX-License-Identifier: Apache-2.0 */
/* power_off N: says N on the console, for guest.sh, and ends the guest. Static: it is the guest's
 * last program. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(int count, char** words)
{
    printf("\nguest status %d\n", count > 1 ? atoi(words[1]) : 0);
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    return 1;
}
