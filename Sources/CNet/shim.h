// libnet speaks of u_char and u_int, which glibc shows only under this name.
#define _DEFAULT_SOURCE 1
#include <libnet.h>
