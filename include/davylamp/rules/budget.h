/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How much of a table is one user's. Some tables are written on behalf of any user and have to keep
 * what they know for minutes: which files are downloads, which text came from the network. There
 * each user has a budget, and what he adds beyond it pushes out his own oldest entries. */
#pragma once

#include <linux/types.h>

/* The tables that have budgets. */
#define DAVY_BUDGET_FILES 0
#define DAVY_BUDGET_TEXTS 1
#define DAVY_BUDGET_TABLES 2

/* Entries of root, and of each other user. */
#define DAVY_FILES_OF_ROOT 8192
#define DAVY_FILES_EACH 1024
#define DAVY_TEXTS_OF_ROOT 1024
#define DAVY_TEXTS_EACH_USER 256
/* So many other users can have all of theirs at a time. */
#define DAVY_BUDGET_USERS 32
#define DAVY_FILES_MOST (DAVY_FILES_OF_ROOT + DAVY_BUDGET_USERS * DAVY_FILES_EACH)
#define DAVY_TEXTS_MOST (DAVY_TEXTS_OF_ROOT + DAVY_BUDGET_USERS * DAVY_TEXTS_EACH_USER)

static inline __u32 davy_budget_of(__u32 user, __u32 table)
{
    if (table == DAVY_BUDGET_FILES)
        return user ? DAVY_FILES_EACH : DAVY_FILES_OF_ROOT;
    return user ? DAVY_TEXTS_EACH_USER : DAVY_TEXTS_OF_ROOT;
}

static inline __u32 davy_budget_whole(__u32 table)
{
    return table == DAVY_BUDGET_FILES ? DAVY_FILES_MOST : DAVY_TEXTS_MOST;
}

/* Uids below are accounts of the host, which a user has one of. Subordinate uids lie above
 * (/etc/subuid), 65,536 to a user: with a user namespace, and with a set-user-ID file that he makes
 * in it, a user may be each of them. */
#define DAVY_ACCOUNT_UIDS 0x10000u

/* Whose budget it is. `uid` and `login` (-1: nobody logged in) are numbers of the initial user
 * namespace, `in_hosts_users` says that the process is in that one. Somebody who logged in with a
 * high uid is an account, too (a directory's). All other high uids have a budget for each block of
 * 65,536, so that whoever has such a range has two more budgets at most. */
static inline __u32 davy_budget_user(__u32 uid, __u32 login, int in_hosts_users)
{
    if (uid < DAVY_ACCOUNT_UIDS || (in_hosts_users && login == uid))
        return uid;
    return uid | (DAVY_ACCOUNT_UIDS - 1);
}

/* A user's entries stand in the order in which they came, each at a place of its own. The new one
 * at `place` pushes out what stands here. */
static inline __u64 davy_budget_oldest(__u64 place, __u32 user, __u32 table)
{
    return place - davy_budget_of(user, table);
}

/* Whether an entry at `place` that is written once more moves to the end, which is at `next`. Those
 * in the newer half stay: a file that is opened over and over takes no places. */
static inline int davy_budget_moves(__u64 place, __u64 next, __u32 user, __u32 table)
{
    return next - place > davy_budget_of(user, table) / 2;
}
