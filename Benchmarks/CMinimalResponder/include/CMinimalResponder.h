// What a responder costs at least: the yardstick for Herald's.
#ifndef CMINIMALRESPONDER_H
#define CMINIMALRESPONDER_H

/// Answers ARP requests for `address` (dotted decimal) on `link` until the process ends; blocks.
/// Returns -1 with errno when the socket cannot be opened or read.
int cminimalresponder_answer(const char *link, const char *address);

/// The same for neighbor solicitations, of an IPv6 address; it checks nothing of them but the target.
int cminimalresponder_advertise(const char *link, const char *address);

/// Sets the link up (1) or down (0) in the namespace of the calling thread, without another program's
/// start in between. Returns -1 with errno when that fails.
int cminimalresponder_set_up(const char *link, int is_up);

/// Has each thread of this process that is not the calling one run on the processors of
/// `others` (a bit each), and the calling one on those of `own`; 0 is all. -1 with errno when that fails.
int cminimalresponder_place(unsigned long own, unsigned long others);

#endif
