// What Swift's Glibc module does not hold: kernel headers, and calls that need _GNU_SOURCE.
#ifndef CLINUX_H
#define CLINUX_H

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
static const int clinux_sock_nonblock = SOCK_NONBLOCK;
static const int clinux_sock_cloexec = SOCK_CLOEXEC;
static const int clinux_msg_dontwait = MSG_DONTWAIT;

/// Moves the calling thread into the network namespace of `descriptor`: setns(2).
int clinux_enter_network_namespace(int descriptor);

#endif
