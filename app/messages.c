// SPDX-License-Identifier: MIT
// Messages and progress share stderr: a progress line is wiped before a message and drawn again at
// the next step.

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app.h"
#include "clock.h"
#include "login.h"
#include "utf8.h"

bool app_quiet;

enum { MESSAGE_MAX = 1024 }; // bytes of a message, before escapes

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool line_drawn; // a progress line without newline stands on the terminal

// Names, CSV fields and a server's words are part of messages: none of them may look like a message
// or move the cursor.
HM_PRINTF(2, 0) static void say(const char *prefix, const char *format, va_list args) {
    char text[MESSAGE_MAX], clean[4 * MESSAGE_MAX + 1];
    int length = vsnprintf(text, sizeof text, format, args);
    bool cut = length >= (int)sizeof text;
    if (length > 0) hm_hide_logins(text);
    hm_utf8_clean(clean, text,
                  length < 0 ? 0
                  : cut      ? sizeof text - 4
                             : (size_t)length,
                  HM_CLEAN_ESCAPE);
    pthread_mutex_lock(&lock);
    fprintf(stderr, "%s%s: %s%s\n", line_drawn ? "\r\033[K" : "", prefix, clean, cut ? "..." : "");
    line_drawn = false;
    pthread_mutex_unlock(&lock);
}

HM_PRINTF(2, 3) static void say_with(const char *prefix, const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(prefix, format, args);
    va_end(args);
}

void app_say(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say("hmrec", format, args);
    va_end(args);
}

void app_note(const char *format, ...) {
    if (app_quiet) return;
    va_list args;
    va_start(args, format);
    say("hmrec", format, args);
    va_end(args);
}

int app_usage(const struct app_command *self, const char *format, ...) {
    char text[MESSAGE_MAX / 2], prefix[64];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(prefix, sizeof prefix, "hmrec%s%s", self ? " " : "", self ? self->name : "");
    say_with(prefix, "%s; see %s --help", text, prefix);
    return APP_USAGE;
}

// A text of any length and number of lines. Those behind the first are indented, so that none
// begins like a message.
void app_say_text(const char *text, size_t length) {
    char clean[4 * 256 + 1];
    pthread_mutex_lock(&lock);
    fprintf(stderr, "%shmrec: ", line_drawn ? "\r\033[K" : "");
    line_drawn = false;
    while (length && text[length - 1] == '\n')
        length--;
    for (const char *end = text + length; text < end;) {
        size_t n = (size_t)(end - text) < 256 ? (size_t)(end - text) : 256;
        const char *newline = memchr(text, '\n', n);
        if (newline) n = (size_t)(newline - text);
        size_t whole = hm_utf8_check(text, n); // no character is cut in two
        if (!newline && whole && n - whole < 4 && text + n < end) n = whole;
        hm_utf8_clean(clean, text, n, HM_CLEAN_ESCAPE);
        fprintf(stderr, "%s%s", clean, newline ? "\n  " : "");
        text += n + (newline ? 1 : 0);
    }
    putc('\n', stderr);
    pthread_mutex_unlock(&lock);
}

/** Fields of bolt_config at the end of a message, as a user of the program sets them. */
static const struct {
    const char *field, *option;
} fields[] = {
    {"(ca_file)", ": --ca FILE, or SSL_CERT_FILE in the environment"},
    {"(client_certificate)", ": --client-cert FILE"},
    {"(client_key)", ": --client-key FILE"},
    {"(client_key_password)", ": --client-key-password-file FILE"},
};

const char *app_hint(const struct hm_error *err) {
    if (err->status != HM_ETLS && err->status != HM_EARG) return "";
    size_t length = strlen(err->text);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        size_t tail = strlen(fields[i].field);
        if (length >= tail && strcmp(err->text + length - tail, fields[i].field) == 0)
            return fields[i].option;
    }
    return "";
}

int app_complain(const struct hm_error *err) {
    if (err->code[0])
        app_say("%s (%s)", err->text, err->code);
    else
        app_say("%s%s", err->text, app_hint(err));
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

// A line that wraps cannot be wiped again.
static size_t terminal_columns(void) {
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
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
    char of[32] = "", text[256], clean[4 * sizeof text + 1];
    if (p->total) snprintf(of, sizeof of, "/%llu", (unsigned long long)p->total);
    int length = snprintf(text, sizeof text, "hmrec: %llu%s %s, %.1f/s%s",
                          (unsigned long long)p->done, of, p->what, rate, left);
    hm_utf8_clean(clean, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1,
                  HM_CLEAN_ESCAPE);
    pthread_mutex_lock(&lock);
    if (p->terminal)
        fprintf(stderr, "\r\033[K%.*s", (int)hm_utf8_fit(clean, terminal_columns() - 1), clean);
    else
        fprintf(stderr, "%s\n", clean);
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
