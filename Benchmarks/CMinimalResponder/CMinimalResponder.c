#include "CMinimalResponder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { frame_bytes = 42, operation_offset = 20, sender_offset = 22, target_offset = 32 };

int cminimalresponder_answer(const char *link, const char *address) {
    struct in_addr own;
    if (inet_pton(AF_INET, address, &own) != 1) return errno = EINVAL, -1;
    int socket_number = socket(AF_PACKET, SOCK_RAW, 0);
    struct ifreq request = {0};
    strncpy(request.ifr_name, link, IFNAMSIZ - 1);
    if (socket_number < 0 || ioctl(socket_number, SIOCGIFHWADDR, &request) < 0) return -1;
    struct sockaddr_ll bound = {.sll_family = AF_PACKET,
                                .sll_protocol = htons(ETH_P_ARP),
                                .sll_ifindex = (int)if_nametoindex(link)};
    if (bind(socket_number, (struct sockaddr *)&bound, sizeof bound) < 0) return -1;
    const uint8_t *mac = (const uint8_t *)request.ifr_hwaddr.sa_data;
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
