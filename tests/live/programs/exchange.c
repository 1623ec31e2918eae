/* SPDX-License-Identifier: Apache-2.0 */
/* exchange ONE OTHER: swaps two names in one step (renameat2, RENAME_EXCHANGE). Nothing goes away.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>

int main(int count, char **words)
{
    if (count < 3)
        return 2;
    if (renameat2(AT_FDCWD, words[1], AT_FDCWD, words[2], RENAME_EXCHANGE)) {
        perror("renameat2");
        return 1;
    }
    return 0;
}
