#define _GNU_SOURCE
#include "CMinimalResponder.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { frame_bytes = 42, operation_offset = 20, sender_offset = 22, target_offset = 32 };

// A packet socket of one protocol on a link, and the link's address; -1 with errno.
static int open_on(const char *link, int protocol, uint8_t mac[6]) {
    int socket_number = socket(AF_PACKET, SOCK_RAW, 0);
    struct ifreq request = {0};
    strncpy(request.ifr_name, link, IFNAMSIZ - 1);
    if (socket_number < 0 || ioctl(socket_number, SIOCGIFHWADDR, &request) < 0) return -1;
    memcpy(mac, request.ifr_hwaddr.sa_data, 6);
    struct sockaddr_ll bound = {.sll_family = AF_PACKET,
                                .sll_protocol = htons(protocol),
                                .sll_ifindex = (int)if_nametoindex(link)};
    if (bind(socket_number, (struct sockaddr *)&bound, sizeof bound) < 0) return -1;
    return socket_number;
}

int cminimalresponder_answer(const char *link, const char *address) {
    struct in_addr own;
    if (inet_pton(AF_INET, address, &own) != 1) return errno = EINVAL, -1;
    uint8_t mac[6];
    int socket_number = open_on(link, ETH_P_ARP, mac);
    if (socket_number < 0) return -1;
    uint8_t frame[256];
    for (;;) {
        ssize_t count = recv(socket_number, frame, sizeof frame, 0);
        if (count < 0 && errno != EINTR) return -1;
        if (count < frame_bytes || frame[operation_offset + 1] != 1) continue;
        if (memcmp(frame + target_offset + 6, &own, 4) != 0) continue;
        memcpy(frame, frame + sender_offset, 6);
        memcpy(frame + 6, mac, 6);
        frame[operation_offset + 1] = 2;
        memcpy(frame + target_offset, frame + sender_offset, 10);
        memcpy(frame + sender_offset, mac, 6);
        memcpy(frame + sender_offset + 6, &own, 4);
        send(socket_number, frame, frame_bytes, 0);
    }
}

enum {
    sender_ipv6_offset = 22, receiver_ipv6_offset = 38, icmpv6_offset = 54,
    target_ipv6_offset = 62, option_offset = 78, advertisement_bytes = 86
};

// RFC 1071 over the pseudo-header and the message, which is 32 bytes.
static uint16_t checksum(const uint8_t *frame) {
    uint32_t sum = 32 + 58;
    for (int i = sender_ipv6_offset; i < advertisement_bytes; i += 2)
        sum += (uint32_t)(frame[i] << 8 | frame[i + 1]);
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)~sum;
}

int cminimalresponder_advertise(const char *link, const char *address) {
    struct in6_addr own;
    if (inet_pton(AF_INET6, address, &own) != 1) return errno = EINVAL, -1;
    uint8_t mac[6];
    int socket_number = open_on(link, ETH_P_IPV6, mac);
    if (socket_number < 0) return -1;
    uint8_t frame[1600];
    for (;;) {
        ssize_t count = recv(socket_number, frame, sizeof frame, 0);
        if (count < 0 && errno != EINTR) return -1;
        if (count < option_offset || frame[20] != 58 || frame[icmpv6_offset] != 135) continue;
        if (memcmp(frame + target_ipv6_offset, &own, 16) != 0) continue;
        memcpy(frame, frame + 6, 6);
        memcpy(frame + 6, mac, 6);
        frame[18] = 0, frame[19] = 32;
        memcpy(frame + receiver_ipv6_offset, frame + sender_ipv6_offset, 16);
        memcpy(frame + sender_ipv6_offset, &own, 16);
        memset(frame + icmpv6_offset, 0, 8);
        frame[icmpv6_offset] = 136;
        frame[icmpv6_offset + 4] = 0x60;  // solicited, override
        frame[option_offset] = 2, frame[option_offset + 1] = 1;
        memcpy(frame + option_offset + 2, mac, 6);
        uint16_t sum = checksum(frame);
        frame[icmpv6_offset + 2] = (uint8_t)(sum >> 8), frame[icmpv6_offset + 3] = (uint8_t)sum;
        send(socket_number, frame, advertisement_bytes, 0);
    }
}

int cminimalresponder_set_up(const char *link, int is_up) {
    int socket_number = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq request = {0};
    strncpy(request.ifr_name, link, IFNAMSIZ - 1);
    int result = socket_number < 0 ? -1 : ioctl(socket_number, SIOCGIFFLAGS, &request);
    if (result == 0) {
        request.ifr_flags = (short)(is_up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
        result = ioctl(socket_number, SIOCSIFFLAGS, &request);
    }
    int error = errno;
    if (socket_number >= 0) close(socket_number);
    return errno = error, result;
}

int cminimalresponder_place(unsigned long own, unsigned long others) {
    DIR *threads = opendir("/proc/self/task");
    if (!threads) return -1;
    int result = 0;
    for (struct dirent *entry; (entry = readdir(threads));) {
        int thread = atoi(entry->d_name);
        if (thread == 0) continue;
        unsigned long bits = thread == gettid() ? own : others;
        cpu_set_t processors;
        CPU_ZERO(&processors);
        for (int i = 0; i < 64; i++)
            if (bits == 0 || bits >> i & 1) CPU_SET(i, &processors);
        // A thread that has ended meanwhile needs no place.
        if (sched_setaffinity(thread, sizeof processors, &processors) < 0 && errno != ESRCH)
            result = -1;
    }
    closedir(threads);
    return result;
}
