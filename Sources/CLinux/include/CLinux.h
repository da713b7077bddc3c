// What Swift's Glibc module does not hold: kernel headers, and calls that need _GNU_SOURCE.
#ifndef CLINUX_H
#define CLINUX_H

#include <malloc.h>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/// Flags of socket(2) and recv(2), with one type whatever was included first.
static const int clinux_sock_raw = SOCK_RAW;
static const int clinux_sock_dgram = SOCK_DGRAM;
static const int clinux_sock_nonblock = SOCK_NONBLOCK;
static const int clinux_sock_cloexec = SOCK_CLOEXEC;
static const int clinux_msg_dontwait = MSG_DONTWAIT;

/// What the kernel says of a received datagram beside its bytes.
struct clinux_datagram {
    /// Length in bytes of the whole datagram, also of one that did not fit: recv(2), MSG_TRUNC.
    long length;
    /// AF_INET or AF_INET6.
    int family;
    /// In network order; the first four for IPv4.
    unsigned char source[16];
    /// IP_RECVTTL, IPV6_RECVHOPLIMIT; -1 when the kernel did not say.
    int ttl;
    /// SO_TIMESTAMPNS, CLOCK_REALTIME, nanoseconds; 0 when the kernel did not say.
    long long received;
};

/// How many datagrams one call takes at most.
enum { clinux_datagrams_max = 16 };

/// Takes the datagrams that wait, without waiting: recvmmsg(2). The one at index i is in `buffer`
/// from i times `capacity` on. How many there were; -1 with errno when there was none.
int clinux_receive_datagrams(
    int descriptor, void *buffer, unsigned long capacity, struct clinux_datagram *datagrams);

/// How many frames one call takes, or sends, at most.
enum { clinux_frames_max = 16 };

/// Takes the frames that wait in a packet socket, at most `count`, without waiting: recvmmsg(2), or
/// recv(2), which is faster for one. The one at index i is in `buffer` from i times `capacity` on, cut
/// to that, and `lengths` has its length there. How many there were; -1 with errno when there was none.
int clinux_receive_frames(
    int descriptor, void *buffer, unsigned long capacity, unsigned int *lengths,
    unsigned int count);

/// Sends `count` frames that lie like those above by the link that the socket is bound to, without
/// waiting: sendmmsg(2), or send(2) for one.
/// How many were taken before the first that was not; -1 with errno when that was the first of all.
int clinux_send_frames(
    int descriptor, const void *buffer, unsigned long capacity, const unsigned int *lengths,
    unsigned int count);

/// Moves the calling thread into the network namespace of `descriptor`: setns(2).
int clinux_enter_network_namespace(int descriptor);

#endif
