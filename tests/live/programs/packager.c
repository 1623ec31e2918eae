/* SPDX-License-Identifier: Apache-2.0 */
/* packager DEED…: does to files what a package manager does, in this order: rename FROM TO, link
 * FROM TO, unlink PATH. Linked statically, for a root that has no libc. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words)
{
    for (int i = 1; i < count;) {
        int failed = 1;

        if (!strcmp(words[i], "unlink") && i + 1 < count) {
            failed = unlink(words[i + 1]);
            i += 2;
        } else if (!strcmp(words[i], "rename") && i + 2 < count) {
            failed = rename(words[i + 1], words[i + 2]);
            i += 3;
        } else if (!strcmp(words[i], "link") && i + 2 < count) {
            failed = link(words[i + 1], words[i + 2]);
            i += 3;
        } else {
            return 2;
        }
        if (failed) {
            perror(words[0]);
            return 1;
        }
    }
    return 0;
}
