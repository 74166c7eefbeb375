// SPDX-License-Identifier: MIT
// Text in pieces of any size becomes statements, which run as soon as they are complete.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell/shell.h"
#include "utf8.h"

struct input {
    struct shell *shell;
    struct cypher_splitter splitter;
    struct hm_buf statement; // what there is of it, without blanks in front
    size_t line;             // of the next byte
    char last;               // the byte before it
    unsigned mark;           // bytes of a byte order mark that were passed over
    struct editor *editor;   // NULL: nobody will want it again
};

static bool is_over(const struct shell *shell) {
    const struct shell_options *o = &shell->options;
    return shell->quit || (!o->interactive && (app_signal() || (shell->failed && !o->fail_at_end)));
}

/** A line ends in LF, CR LF or CR. */
static void count_line(struct input *in, char byte) {
    in->line += byte == '\r' || (byte == '\n' && in->last != '\r');
    in->last = byte;
}

static enum hm_status add_text(struct input *in, const char *text, size_t length,
                               struct hm_error *err) {
    if (!in->statement.length) {
        for (; length && strchr(" \t\r\n\f", *text); text++, length--)
            count_line(in, *text);
        in->shell->line = in->line;
    }
    for (size_t i = 0; i < length; i++)
        count_line(in, text[i]);
    return length ? hm_buf_append(&in->statement, text, length, err) : HM_OK;
}

/** Where a command begins behind comments. */
static const char *command_in(const char *text) {
    struct cypher_splitter splitter = {0};
    while (*text && (cypher_step(&splitter, *text), !splitter.command))
        text++;
    return text;
}

/** A server would put U+FFFD in the place of such a byte, and store it. */
static bool is_utf8(struct input *in) {
    const struct hm_buf *s = &in->statement;
    size_t good = hm_utf8_check(s->data, s->length);
    if (good == s->length) return true;
    struct input counter = {.line = in->shell->line};
    struct hm_error err;
    for (size_t i = 0; i < good; i++)
        count_line(&counter, s->data[i]);
    in->shell->line = counter.line;
    hm_fail(&err, HM_EFORMAT, "found the byte 0x%02x, expected UTF-8 (of Latin-1: iconv -f latin1)",
            (unsigned char)s->data[good]);
    shell_fail(in->shell, &err);
    return false;
}

/** The statement is complete, or the input is. */
static void finish(struct input *in) {
    struct hm_buf *s = &in->statement;
    if (s->length && cypher_has_content(&in->splitter) && is_utf8(in)) {
        if (in->editor) editor_remember(in->editor, s->data);
        if (s->data[s->length - 1] == ';') s->data[s->length - 1] = '\0';
        shell_run(in->shell, in->splitter.command ? command_in(s->data) : s->data);
    }
    s->length = 0;
}

static enum hm_status split(struct input *in, const char *text, size_t length,
                            struct hm_error *err) {
    while (length > 0 && !is_over(in->shell)) {
        bool complete;
        size_t used = cypher_split(&in->splitter, text, length, &complete);
        HM_TRY(add_text(in, text, used, err));
        if (complete) finish(in);
        text += used;
        length -= used;
    }
    return HM_OK;
}

/** Split what follows a byte order mark, which editors of other systems put first. */
static enum hm_status feed(struct input *in, const char *text, size_t length,
                           struct hm_error *err) {
    static const char mark[] = "\xef\xbb\xbf";
    enum { WHOLE = sizeof mark - 1, PASSED };
    while (in->mark < WHOLE && length && *text == mark[in->mark]) {
        in->mark++;
        text++;
        length--;
    }
    if (in->mark > 0 && in->mark < WHOLE && length) // it was another character
        HM_TRY(split(in, mark, in->mark, err));
    if (length) in->mark = PASSED;
    return split(in, text, length, err);
}

static void end(struct input *in) {
    if (!is_over(in->shell)) {
        finish(in);
        in->shell->ended = true;
    }
    hm_buf_free(&in->statement);
}

void shell_read_text(struct shell *shell, const char *text) {
    struct input in = {.shell = shell, .line = 1};
    struct hm_error err;
    if (feed(&in, text, strlen(text), &err) != HM_OK) shell_complain(shell, &err);
    end(&in);
}

static enum hm_status read_all(struct input *in, int fd, char *block, size_t size,
                               struct hm_error *err) {
    while (!is_over(in->shell) && app_wait_readable(fd)) {
        ssize_t got = read(fd, block, size);
        if (got == 0) return HM_OK;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return hm_fail_errno(err, "read");
        if (memchr(block, '\0', (size_t)got))
            return hm_fail(err, HM_EFORMAT, "line %zu or later: found a NUL byte, expected text",
                           in->line);
        HM_TRY(feed(in, block, (size_t)got, err));
    }
    return HM_OK;
}

enum hm_status shell_read_fd(struct shell *shell, int fd, struct hm_error *err) {
    enum { BLOCK = 64 * 1024 };
    struct input in = {.shell = shell, .line = 1};
    char *block = malloc(BLOCK);
    enum hm_status status =
        block ? read_all(&in, fd, block, BLOCK, err) : hm_fail(err, HM_ENOMEM, "no memory");
    free(block);
    if (status == HM_OK)
        end(&in);
    else
        hm_buf_free(&in.statement);
    return status;
}

enum hm_status shell_read_file(struct shell *shell, const char *path, struct hm_error *err) {
    enum { MOST_SOURCES = 16 };
    struct shell before = *shell;
    if (shell->sources == MOST_SOURCES)
        return hm_fail(err, HM_EARG, "%s: found more than %d files that read each other", path,
                       MOST_SOURCES);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return hm_fail_errno(err, "%s", path);
    shell->sources++;
    shell->source = path;
    shell->options.interactive = shell->failed = false;
    enum hm_status status = shell_read_fd(shell, fd, err);
    if (status != HM_OK) hm_error_prefix(err, "%s", path);
    close(fd);
    shell->sources = before.sources;
    shell->source = before.source;
    shell->line = before.line;
    shell->options.interactive = before.options.interactive;
    shell->failed |= before.failed;
    return status;
}

// ---- a person

bool shell_is_whole(const char *text, size_t length) {
    struct cypher_splitter splitter = {0};
    bool complete = true;
    while (length) {
        size_t used = cypher_split(&splitter, text, length, &complete);
        text += used;
        length -= used;
    }
    if (!complete) cypher_split(&splitter, "\n", 1, &complete); // which ends a command
    return complete || !cypher_has_content(&splitter);
}

/** cypher-shell's: "neo4j> ", "neo4j# " in a transaction, dots while a statement goes on. */
static void make_prompt(const struct input *in, char *prompt, size_t size) {
    const struct shell *shell = in->shell;
    const char *name = !shell->driver    ? "disconnected"
                       : shell->database ? shell->database
                                         : "neo4j";
    char mark = shell->tx ? '#' : shell->tx_failed ? '!' : '>';
    int width = strlen(name) > 60 ? 60 : (int)strlen(name);
    if (in->statement.length)
        snprintf(prompt, size, "%*s%c ", width, "...", mark);
    else
        snprintf(prompt, size, "%.*s%c ", width, name, mark);
}

static void drop_statement(struct input *in) {
    in->statement.length = 0;
    in->splitter = (struct cypher_splitter){0};
}

/** A signal came: SIGINT drops what was typed or stops the query, SIGTERM ends. */
static bool goes_on_after_signal(struct input *in) {
    if (app_signal() != SIGINT) return false;
    drop_statement(in);
    app_catch_signals();
    return true;
}

void shell_read_person(struct shell *shell) {
    struct input in = {.shell = shell, .line = 1, .editor = editor_new(shell)};
    struct hm_error err;
    char prompt[80];
    shell->editor = in.editor;
    while (in.editor && !is_over(shell)) {
        make_prompt(&in, prompt, sizeof prompt);
        const char *line = editor_line(in.editor, prompt, in.statement.length > 0);
        if (line && !app_signal() && feed(&in, line, strlen(line), &err) != HM_OK)
            shell_complain(shell, &err);
        if (app_signal() && goes_on_after_signal(&in)) continue;
        if (!line || app_signal()) break;
    }
    if (shell->idle) app_say("nothing was typed for %u s (--idle-timeout)", shell->options.idle_s);
    shell->editor = NULL;
    editor_free(in.editor);
    hm_buf_free(&in.statement);
    shell->failed = false; // a person has seen what failed
}
