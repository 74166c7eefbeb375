// SPDX-License-Identifier: MIT
// One line a message, cut where it is long. A statement with the word "password" comes without its
// strings and parameters; rows come as their number of values: they are data, not dialogue.

#include "shell/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "cypher.h"
#include "shell/render.h"
#include "utf8.h"

enum { LONGEST = 2000 }; // bytes of a message

static FILE *file;
static bool hiding, hidden; // statements; the last one

enum hm_status log_open(const char *path, struct hm_error *err) {
    int fd = strcmp(path, "-") == 0 ? dup(STDERR_FILENO)
                                    : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    file = fd >= 0 ? fdopen(fd, "a") : NULL;
    if (file) return HM_OK;
    enum hm_status status = hm_fail_errno(err, "log %s", path);
    if (fd >= 0) close(fd);
    return status;
}

void log_close(void) {
    if (file) fclose(file);
    file = NULL;
}

// ---- secrets

void log_hide(bool hide) {
    hiding = hide;
}

static bool has_word(const char *text, const char *word) {
    size_t length = strlen(word);
    for (; *text; text++)
        if (strncasecmp(text, word, length) == 0) return true;
    return false;
}

bool log_is_secret(const char *name) {
    static const char *const words[] = {"password", "passwd", "secret", "token", "credential"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (has_word(name, words[i])) return true;
    return false;
}

static void put_value(struct render *r, const struct bolt_value *value) {
    if (value->type != BOLT_MAP && value->type != BOLT_LIST) {
        render_literal(r, value);
        return;
    }
    bool map = value->type == BOLT_MAP;
    render_text(r, map ? "{" : "[");
    for (uint32_t i = 0; i < value->length && r->text.length < LONGEST; i++) {
        if (i) render_text(r, ", ");
        if (map) {
            const struct bolt_entry *entry = &value->as.entries[i];
            render_name(r, entry->key, entry->key_length);
            render_text(r, ": ");
            if (log_is_secret(entry->key))
                render_text(r, "*****");
            else
                put_value(r, &entry->value);
        } else {
            struct bolt_value item = bolt_at(value, i);
            put_value(r, &item);
        }
    }
    render_text(r, map ? "}" : "]");
}

/** The query without what its strings hold. */
static void put_masked_query(struct render *r, const char *query) {
    struct cypher_splitter splitter = {0};
    enum cypher_place before = CYPHER_CODE;
    for (; *query; query++) {
        enum cypher_place place = cypher_step(&splitter, *query);
        if (place != CYPHER_STRING)
            render_bytes(r, query, 1);
        else if (before != CYPHER_STRING)
            render_text(r, "*****");
        before = place;
    }
}

static bool is_about_passwords(const struct bolt_value *fields) {
    if (!fields->length) return false;
    struct bolt_value query = bolt_at(fields, 0);
    return query.type == BOLT_STRING && (hiding || log_is_secret(query.as.string));
}

static void put_fields(struct render *r, const char *name, const struct bolt_value *fields) {
    if (strcmp(name, "RUN") == 0) hidden = is_about_passwords(fields);
    bool run = hidden && strcmp(name, "RUN") == 0, failure = hidden && strcmp(name, "FAILURE") == 0;
    if (failure) { // it may quote the statement
        render_text(r, " *****");
        return;
    }
    for (uint32_t i = 0; i < fields->length; i++) {
        struct bolt_value field = bolt_at(fields, i);
        render_text(r, " ");
        if (strcmp(name, "RECORD") == 0)
            render_format(r, "(%u values)", (unsigned)field.length);
        else if (run && i == 0)
            put_masked_query(r, field.as.string);
        else if (run && i == 1)
            render_text(r, "*****");
        else
            put_value(r, &field);
    }
}

// ---- lines

static void write_line(const char *address, const char *who, const char *text, size_t length) {
    char clean[4 * LONGEST + 1], when[32] = "";
    struct timespec now;
    struct tm parts;
    bool cut = length > LONGEST;
    if (cut) length = hm_utf8_check(text, LONGEST);
    hm_utf8_clean(clean, text, length, HM_CLEAN_ESCAPE);
    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &parts)) strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &parts);
    fprintf(file, "%s.%03ldZ %s%s%s: %s%s\n", when, now.tv_nsec / 1000000, address,
            *address ? " " : "", who, clean, cut ? "..." : "");
    fflush(file);
}

static void on_message(void *context, const char *address, bool sent, const char *name,
                       const struct bolt_value *fields) {
    struct render r = {0};
    (void)context;
    render_text(&r, name);
    put_fields(&r, name, fields);
    if (file && r.error.status == HM_OK)
        write_line(address, sent ? "C" : "S", r.text.data, r.text.length);
    hm_buf_free(&r.text);
}

static void on_line(void *context, enum bolt_log_level level, const char *line) {
    (void)context;
    (void)level;
    if (file) write_line("", "#", line, strlen(line));
}

void log_attach(struct bolt_hooks *hooks) {
    if (!file) return;
    hooks->log = on_line;
    hooks->message = on_message;
}
