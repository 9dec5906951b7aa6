/* fsync_delay MICROSECONDS COMMAND...: runs COMMAND, and makes each of its fsync, fdatasync, sync, syncfs, msync and
 * sync_file_range calls wait so long before it is done. Linux 5.5 or newer.
 *
 * The kernel itself holds the calls back (a seccomp filter whose listener answers "go on" late), so it works alike for
 * C, Python and static Go programs, and for their children. The listener is a process of its own, neither parent nor
 * child of COMMAND, which keeps the pid of this program; it ends when the last process under the filter has ended.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 64

static int listener;
static long delay_us;

static void *answer(void *unused) {
    prctl(PR_SET_TIMERSLACK, 1);
    for (;;) {
        struct seccomp_notif call;
        struct seccomp_notif_resp go_on;
        struct timespec delay = {delay_us / 1000000, delay_us % 1000000 * 1000};
        memset(&call, 0, sizeof call);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) {
            if (errno == EINTR) continue;
            if (errno == ENOENT) continue; /* the caller was killed meanwhile */
            _exit(0);
        }
        nanosleep(&delay, NULL);
        memset(&go_on, 0, sizeof go_on);
        go_on.id = call.id;
        go_on.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &go_on);
    }
    return unused;
}

/* The listener is made before the filter, which it would keep alive; the filter's descriptor comes over `line`. */
static void listen_until_all_ended(int line) {
    char byte, room[CMSG_SPACE(sizeof(int))];
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    pthread_t thread;
    setsid();
    if (recvmsg(line, &message, 0) != 1 || CMSG_FIRSTHDR(&message) == NULL) _exit(1);
    memcpy(&listener, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof listener);
    for (int fd = 0; fd < 1024; fd++)
        if (fd != listener) close(fd);
    for (int n = 0; n < THREADS; n++) pthread_create(&thread, NULL, answer, NULL);
    struct pollfd gone = {listener, 0, 0};
    while (!(gone.revents & POLLHUP)) poll(&gone, 1, -1);
    _exit(0);
}

static void send_listener(int line) {
    char byte = 0, room[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &listener, sizeof listener);
    if (sendmsg(line, &message, 0) != 1) perror("fsync_delay");
}

#define HOLD(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)

int main(int count, char **words) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        HOLD(fsync), HOLD(fdatasync), HOLD(sync), HOLD(syncfs), HOLD(msync), HOLD(sync_file_range),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    if (count < 3 || (delay_us = atol(words[1])) <= 0) {
        fprintf(stderr, "usage: fsync_delay MICROSECONDS COMMAND...\n");
        return 2;
    }
    int lines[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines) != 0) return 1;
    pid_t between = fork();
    if (between == 0) {
        close(lines[0]);
        if (fork() == 0) listen_until_all_ended(lines[1]);
        _exit(0);
    }
    close(lines[1]);
    waitpid(between, NULL, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (listener < 0) {
        perror("fsync_delay: this kernel does not let us hold calls back");
        return 1;
    }
    send_listener(lines[0]);
    execvp(words[2], words + 2); /* closes our end of the listener */
    perror(words[2]);
    return 127;
}
