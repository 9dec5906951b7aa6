/* Lets a Python process in callgrind say what to count. bench/instructions.py builds it; bench/in_process.py calls it. */
#include <valgrind/callgrind.h>

void start(void) { CALLGRIND_START_INSTRUMENTATION; }

/* Writes what was counted since `start` to a file of its own, under this name. */
void stop(const char *name) {
    CALLGRIND_STOP_INSTRUMENTATION;
    CALLGRIND_DUMP_STATS_AT(name);
}
