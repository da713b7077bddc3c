#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <time.h>

int clinux_enter_network_namespace(int descriptor) {
    return setns(descriptor, CLONE_NEWNET);
}

/// Room for the two messages below.
#define CONTROL_BYTES (CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct timespec)))

static void read_control(struct msghdr *message, struct clinux_datagram *datagram) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        int is_hops = (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_TTL)
            || (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_HOPLIMIT);
        if (is_hops) {
            memcpy(&datagram->ttl, CMSG_DATA(part), sizeof datagram->ttl);
        } else if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(part), sizeof time);
            datagram->received = (long long)time.tv_sec * 1000000000 + time.tv_nsec;
        }
    }
}

static void read_source(const struct sockaddr_in6 *source, struct clinux_datagram *datagram) {
    datagram->family = source->sin6_family;
    if (source->sin6_family == AF_INET6) {
        memcpy(datagram->source, &source->sin6_addr, sizeof source->sin6_addr);
    } else {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, source, sizeof ipv4);
        memcpy(datagram->source, &ipv4.sin_addr, sizeof ipv4.sin_addr);
    }
}

int clinux_receive_datagrams(
    int descriptor, void *buffer, unsigned long capacity, struct clinux_datagram *datagrams) {
    struct mmsghdr messages[clinux_datagrams_max] = {0};
    // As long as either family's.
    struct sockaddr_in6 sources[clinux_datagrams_max];
    struct iovec parts[clinux_datagrams_max];
    struct {
        // As CMSG_FIRSTHDR wants it.
        _Alignas(struct cmsghdr) char bytes[CONTROL_BYTES];
    } controls[clinux_datagrams_max];
    for (int i = 0; i < clinux_datagrams_max; i++) {
        parts[i] = (struct iovec){(char *)buffer + i * capacity, capacity};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &sources[i], .msg_namelen = sizeof sources[i], .msg_iov = &parts[i],
            .msg_iovlen = 1, .msg_control = &controls[i], .msg_controllen = CONTROL_BYTES};
    }
    int count = recvmmsg(
        descriptor, messages, clinux_datagrams_max, MSG_DONTWAIT | MSG_TRUNC, NULL);
    for (int i = 0; i < count; i++) {
        datagrams[i] = (struct clinux_datagram){
            .length = messages[i].msg_len, .ttl = -1};
        read_source(&sources[i], &datagrams[i]);
        read_control(&messages[i].msg_hdr, &datagrams[i]);
    }
    return count;
}

int clinux_receive_frames(
    int descriptor, void *buffer, unsigned long capacity, unsigned int *lengths,
    unsigned int count) {
    if (count == 1) {
        ssize_t length = recv(descriptor, buffer, capacity, MSG_DONTWAIT);
        if (length < 0) return -1;
        lengths[0] = (unsigned int)length;
        return 1;
    }
    struct mmsghdr messages[clinux_frames_max];
    struct iovec parts[clinux_frames_max];
    if (count > clinux_frames_max) return errno = EINVAL, -1;
    for (unsigned int i = 0; i < count; i++) {
        parts[i] = (struct iovec){(char *)buffer + i * capacity, capacity};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    int taken = recvmmsg(descriptor, messages, count, MSG_DONTWAIT, NULL);
    for (int i = 0; i < taken; i++) lengths[i] = messages[i].msg_len;
    return taken;
}

int clinux_send_frames(
    int descriptor, const void *buffer, unsigned long capacity, const unsigned int *lengths,
    unsigned int count) {
    if (count == 1) return send(descriptor, buffer, lengths[0], MSG_DONTWAIT) < 0 ? -1 : 1;
    struct mmsghdr messages[clinux_frames_max];
    struct iovec parts[clinux_frames_max];
    if (count > clinux_frames_max) return errno = EINVAL, -1;
    for (unsigned int i = 0; i < count; i++) {
        parts[i] = (struct iovec){(char *)buffer + i * capacity, lengths[i]};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    return sendmmsg(descriptor, messages, count, MSG_DONTWAIT);
}
