/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel structs and fields that we read, and no others; kept by hand. preserve_access_index
 * makes CO-RE find each by name in the running kernel's BTF, so the offsets here mean nothing and
 * the build needs no kernel with BTF. The header behind each name is the kernel's (v6.18). */
#pragma once

#define __VMLINUX_H__ /* bpf_tracing.h: registers have the names of the kernel proper */

#include <linux/bpf.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef _Bool bool;
#define true 1
#define false 0

#ifndef NULL
#define NULL ((void *)0)
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
    int counter;
} atomic_t; /* linux/types.h */

typedef struct {
    unsigned int val;
} kuid_t, kgid_t; /* linux/uidgid_types.h */

struct hlist_bl_node { /* linux/list_bl.h */
    struct hlist_bl_node **pprev;
};

struct qstr { /* linux/dcache.h */
    const unsigned char *name;
};

struct dentry { /* linux/dcache.h */
    struct inode *d_inode;
    struct dentry *d_parent;
    struct qstr d_name;
    struct hlist_bl_node d_hash; /* pprev NULL: unhashed (d_unhashed()) */
};

struct super_block { /* linux/fs.h */
    __u32 s_dev;
    unsigned long s_flags;
    unsigned long s_magic;
};

struct xarray { /* linux/xarray.h */
    void *xa_head;
};

struct xa_node { /* linux/xarray.h */
    unsigned char shift;
    void *slots[1];
};

struct address_space { /* linux/fs.h */
    struct xarray i_pages;
};

struct inode { /* linux/fs.h */
    struct address_space *i_mapping;
    __u32 i_generation;
    long long i_size;
    __u16 i_mode;
    kuid_t i_uid;
    __u32 i_rdev;
    struct super_block *i_sb;
    unsigned long i_ino;
    struct pipe_inode_info *i_pipe;
    const unsigned int i_nlink;
    atomic_t i_writecount; /* negative: as many processes run it (deny_write_access()) */
};

struct shmem_inode_info { /* linux/shmem_fs.h */
    unsigned int seals;
    struct inode vfs_inode;
};

struct vfsmount { /* linux/mount.h */
    struct dentry *mnt_root;
};

struct mount { /* fs/mount.h */
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
};

struct path { /* linux/path.h */
    struct vfsmount *mnt;
    struct dentry *dentry;
};

struct timespec64 { /* linux/time64.h */
    long long tv_sec;
    long tv_nsec;
};

struct file { /* linux/fs.h */
    unsigned int f_mode;
    unsigned int f_flags;
    struct inode *f_inode;
    struct path f_path;
    void *private_data; /* of a socket's file: struct socket; of a pipe's: pipe_inode_info */
    long long f_pos;
};

struct page { /* linux/mm_types.h; its size alone matters */
    unsigned long flags;
};

struct pipe_buffer { /* linux/pipe_fs_i.h */
    struct page *page;
    unsigned int offset;
    unsigned int len;
};

struct pipe_inode_info { /* linux/pipe_fs_i.h */
    unsigned int head;
    unsigned int tail;
    unsigned int ring_size;
    unsigned int writers;
    struct pipe_buffer *bufs;
};

struct fdtable { /* linux/fdtable.h */
    unsigned int max_fds;
    struct file **fd;
    unsigned long *close_on_exec;
    unsigned long *open_fds;
};

struct files_struct { /* linux/fdtable.h */
    struct fdtable *fdt;
};

struct mm_struct { /* linux/mm_types.h */
    struct file *exe_file;
    unsigned long arg_start;
    unsigned long arg_end;
    unsigned long env_start;
    unsigned long env_end;
};

struct ns_common { /* linux/ns_common.h */
    unsigned int inum;
};

struct uid_gid_extent { /* linux/user_namespace.h */
    __u32 first;
    __u32 lower_first; /* in the initial namespace */
};

struct uid_gid_map { /* linux/user_namespace.h; more extents than these lie elsewhere */
    struct uid_gid_extent extent[5];
    __u32 nr_extents;
};

struct user_namespace { /* linux/user_namespace.h */
    struct uid_gid_map uid_map;
    int level; /* 0: the initial one */
    struct ns_common ns;
};

typedef struct {
    __u64 val;
} kernel_cap_t; /* linux/capability.h; two halves until 6.2 */

struct cred { /* linux/cred.h */
    kuid_t uid;
    kgid_t gid;
    kuid_t suid;
    kuid_t euid;
    kernel_cap_t cap_effective;
    struct user_namespace *user_ns;
};

struct kernfs_node { /* linux/kernfs.h */
    const char *name;
    __u64 id;
};

struct cgroup { /* linux/cgroup-defs.h */
    int level;
    struct kernfs_node *kn;
};

struct css_set { /* linux/cgroup-defs.h */
    struct cgroup *dfl_cgrp;
};

struct sched_entity { /* linux/sched.h */
    __u64 sum_exec_runtime;
};

struct list_head { /* linux/types.h */
    struct list_head *next;
    struct list_head *prev;
};

struct hlist_node { /* linux/types.h */
    struct hlist_node *next;
};

struct hlist_head { /* linux/types.h */
    struct hlist_node *first;
};

struct signal_struct { /* linux/sched/signal.h */
    atomic_t live;
    struct list_head thread_head;
    int group_exit_code;
    unsigned long long sum_sched_runtime; /* of threads that have ended */
};

struct pid_namespace { /* linux/pid_namespace.h */
    struct ns_common ns;
};

struct upid { /* linux/pid.h */
    int nr;
    struct pid_namespace *ns;
};

struct pid { /* linux/pid.h; one number a level, the initial namespace's first */
    unsigned int level;
    struct upid numbers[1];
};

struct fs_struct { /* linux/fs_struct.h */
    struct path root;
    struct path pwd;
};

struct task_struct { /* linux/sched.h */
    int pid;
    int tgid;
    int exit_code;
    unsigned int flags;
    void *stack;
    __u64 start_boottime; /* CLOCK_BOOTTIME, ns; start_boottime since 5.5 */
    __u64 self_exec_id;   /* one more with each exec; 64 bits since 5.7 */
    __u64 parent_exec_id; /* its parent's as it was forked */
    char comm[16];
    struct mm_struct *mm;
    struct fs_struct *fs;
    struct files_struct *files;
    struct pid *thread_pid;
    struct task_struct *real_parent;
    struct list_head children;
    struct list_head sibling;
    struct list_head thread_node;
    struct task_struct *group_leader;
    const struct cred *cred;
    const struct cred *real_cred;
    kuid_t loginuid; /* CONFIG_AUDIT */
    struct signal_struct *signal;
    struct css_set *cgroups;
    struct nsproxy *nsproxy;
    struct sched_entity se;
    unsigned int frozen : 1;    /* in the cgroup freezer's sense, since 5.2 */
    unsigned int in_execve : 1; /* from within execve until the new program runs */
};

#if defined(__TARGET_ARCH_arm64)
struct user_pt_regs { /* asm/ptrace.h */
    __u64 regs[31];
};
struct pt_regs {
    __u64 regs[31];
    __u64 pstate;
    __u64 orig_x0;
    __s32 syscallno;
};
#else
struct pt_regs { /* asm/ptrace.h; bpf_tracing.h's names for it are the kernel's */
    unsigned long di, si, dx;
    unsigned long r8, orig_ax;
    unsigned long cs, ss;
};
#endif

struct linux_binprm { /* linux/binfmts.h */
    struct file *file;
    const char *filename;
    char buf[256]; /* BINPRM_BUF_SIZE: how the file begins */
};

struct in6_addr { /* linux/in6.h; the kernel's member is a union of the same bytes */
    union {
        __u8 u6_addr8[16];
        __be32 u6_addr32[4];
    } in6_u;
};

struct mnt_namespace { /* fs/mount.h */
    struct ns_common ns;
    struct user_namespace *user_ns;
};

struct nsproxy { /* linux/nsproxy.h */
    struct mnt_namespace *mnt_ns;
    struct net *net_ns;
};

struct net { /* net/net_namespace.h */
    struct ns_common ns;
};

typedef struct {
    struct net *net;
} possible_net_t; /* net/net_namespace.h */

struct sock_common { /* net/sock.h */
    __be32 skc_daddr;
    __be32 skc_rcv_saddr;
    __be16 skc_dport;
    __u16 skc_num;
    unsigned short skc_family;
    unsigned char skc_state;
    possible_net_t skc_net; /* CONFIG_NET_NS */
    struct in6_addr skc_v6_daddr;
    struct in6_addr skc_v6_rcv_saddr;
};

struct sock { /* net/sock.h */
    struct sock_common __sk_common;
    struct socket *sk_socket; /* NULL once it is closed */
    __u16 sk_type;
    __u16 sk_protocol;
    kuid_t sk_uid;
};

struct tcp_sock { /* linux/tcp.h */
    __u32 write_seq;
    __u32 copied_seq; /* of the next byte that is read */
};

struct unix_sock { /* net/af_unix.h */
    struct sock *peer;
};

struct socket { /* linux/net.h */
    struct sock *sk;
};

/* Tracepoint arguments of tp/syscalls: the format files of sys_enter_* and sys_exit_*. */
struct trace_entry { /* linux/trace_events.h */
    unsigned short type;
    unsigned char flags;
    unsigned char preempt_count;
    int pid;
};

struct syscall_trace_enter { /* kernel/trace/trace.h */
    struct trace_entry ent;
    int nr;
    unsigned long args[];
};

struct syscall_trace_exit { /* kernel/trace/trace.h */
    struct trace_entry ent;
    int nr;
    long ret;
};

/* linux/bpf.h has the context types of cgroup programs; iterators have theirs here. */
struct seq_file; /* linux/seq_file.h */

struct bpf_iter_meta { /* linux/bpf.h of the kernel proper */
    struct seq_file *seq;
    __u64 session_id;
    __u64 seq_num;
};

struct bpf_iter__task { /* kernel/bpf/task_iter.c */
    struct bpf_iter_meta *meta;
    struct task_struct *task;
};

#pragma clang attribute pop

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID }; /* linux/pid_types.h */

#define PF_EXITING 0x00000004
#define PF_FORKNOEXEC 0x00000040 /* linux/sched.h */
#define PF_KTHREAD 0x00200000
#define S_IFMT 0170000 /* linux/stat.h */
#define S_IFSOCK 0140000
#define S_IFIFO 0010000
#define S_IFREG 0100000
#define S_IFCHR 0020000
#define FMODE_READ 1 /* linux/fs.h */
#define FMODE_WRITE 2
#define AF_UNIX 1 /* linux/socket.h */
#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define IPPROTO_TCP 6 /* linux/in.h */
#define IPPROTO_UDP 17
#define SIGKILL 9
#define SIGCONT 18
#define SIGSTOP 19
#define SB_NOUSER (1ul << 31) /* linux/fs.h: no mount of it can be seen (shmem_fill_super()) */
#define F_SEAL_SHRINK 0x2     /* linux/fcntl.h */
#define F_SEAL_GROW 0x4
#define F_SEAL_WRITE 0x8
