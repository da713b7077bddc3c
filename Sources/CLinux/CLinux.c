#define _GNU_SOURCE
#include "CLinux.h"

#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <time.h>

int clinux_enter_network_namespace(int descriptor) {
    return setns(descriptor, CLONE_NEWNET);
}

int clinux_receive_datagram(
    int descriptor, void *buffer, unsigned long capacity, struct clinux_datagram *datagram) {
    struct sockaddr_in source = {0};
    struct iovec part = {buffer, capacity};
    // Room for the two messages below; _Alignas as CMSG_FIRSTHDR wants it.
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))
                                          + CMSG_SPACE(sizeof(struct timespec))];
    struct msghdr message = {
        .msg_name = &source, .msg_namelen = sizeof source, .msg_iov = &part, .msg_iovlen = 1,
        .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(descriptor, &message, MSG_DONTWAIT | MSG_TRUNC);
    if (length < 0) return -1;
    *datagram = (struct clinux_datagram){
        .length = length, .source = source.sin_addr.s_addr, .ttl = -1};
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_TTL) {
            memcpy(&datagram->ttl, CMSG_DATA(part), sizeof datagram->ttl);
        } else if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(part), sizeof time);
            datagram->received = (long long)time.tv_sec * 1000000000 + time.tv_nsec;
        }
    }
    return 0;
}
