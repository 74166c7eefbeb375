// SPDX-License-Identifier: MIT
// Messages and progress share stderr: a progress line is wiped before a message and drawn again at the next step.

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app.h"
#include "clock.h"

bool app_quiet;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool line_drawn; // a progress line without newline stands on the terminal

HM_PRINTF(1, 0) static void say(const char *format, va_list args) {
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    pthread_mutex_lock(&lock);
    fprintf(stderr, "%shmrec: %s\n", line_drawn ? "\r\033[K" : "", text);
    line_drawn = false;
    pthread_mutex_unlock(&lock);
}

void app_say(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

void app_note(const char *format, ...) {
    if (app_quiet) return;
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

int app_complain(const struct hm_error *err) {
    if (err->code[0])
        app_say("%s (%s)", err->text, err->code);
    else
        app_say("%s", err->text);
    return APP_FAILED;
}

// A person sees movement at 5 Hz; a log file gets a line every 10 s.
enum { TERMINAL_MS = 200, LOG_MS = 10000 };

struct progress {
    char what[96];
    uint64_t total, done;
    uint64_t start_ns, next_ns, period_ns;
    bool terminal;
};

struct progress *progress_new(const char *what, uint64_t total) {
    struct progress *p = app_quiet ? NULL : calloc(1, sizeof *p);
    if (!p) return NULL;
    bool terminal = isatty(STDERR_FILENO) == 1;
    uint64_t period_ns = (terminal ? TERMINAL_MS : LOG_MS) * 1000000ull, now = hm_now_ns();
    *p = (struct progress){.total = total,
                           .start_ns = now,
                           .next_ns = now + period_ns,
                           .period_ns = period_ns,
                           .terminal = terminal};
    snprintf(p->what, sizeof p->what, "%s", what);
    return p;
}

const char *progress_what(const struct progress *p) {
    return p ? p->what : "";
}

static void draw(struct progress *p, uint64_t now) {
    double seconds = (double)(now - p->start_ns) / 1e9;
    double rate = seconds > 0 ? (double)p->done / seconds : 0;
    char left[64] = "";
    if (p->total && rate > 0 && p->total >= p->done) {
        uint64_t eta = (uint64_t)((double)(p->total - p->done) / rate + 0.5);
        snprintf(left, sizeof left, ", %u:%02u:%02u left", (unsigned)(eta / 3600),
                 (unsigned)(eta / 60 % 60), (unsigned)(eta % 60));
    }
    char of[32] = "";
    if (p->total) snprintf(of, sizeof of, "/%llu", (unsigned long long)p->total);
    pthread_mutex_lock(&lock);
    fprintf(stderr, "%shmrec: %llu%s %s, %.1f/s%s%s", p->terminal ? "\r\033[K" : "",
            (unsigned long long)p->done, of, p->what, rate, left, p->terminal ? "" : "\n");
    fflush(stderr);
    line_drawn = p->terminal;
    pthread_mutex_unlock(&lock);
}

void progress_set(struct progress *p, uint64_t done) {
    if (!p) return;
    p->done = done;
    uint64_t now = hm_now_ns();
    if (now < p->next_ns) return;
    p->next_ns = now + p->period_ns;
    draw(p, now);
}

void progress_free(struct progress *p) {
    if (!p) return;
    pthread_mutex_lock(&lock);
    if (line_drawn) fputs("\r\033[K", stderr);
    line_drawn = false;
    pthread_mutex_unlock(&lock);
    free(p);
}
