// What an ARP responder costs at least: the yardstick for Herald's.
#ifndef CMINIMALRESPONDER_H
#define CMINIMALRESPONDER_H

/// Answers ARP requests for `address` (dotted decimal) on `link` until the process ends; blocks.
/// Returns -1 with errno when the socket cannot be opened or read.
int cminimalresponder_answer(const char *link, const char *address);

#endif
