// Counts what a thread asks of the C library's heap, in any program that links this.
#ifndef CALLOCATIONCOUNT_H
#define CALLOCATIONCOUNT_H

/// How often the calling thread has called malloc, calloc, realloc or an aligned form, ever.
unsigned long callocationcount_of_this_thread(void);

/// The same of all threads together.
unsigned long callocationcount_of_this_process(void);

#endif
