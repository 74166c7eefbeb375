// SPDX-License-Identifier: MIT
// Text in pieces of any size becomes statements, which run as soon as they are complete.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell/shell.h"

struct input {
    struct shell *shell;
    struct cypher_splitter splitter;
    struct hm_buf statement; // what there is of it, without blanks in front
    size_t line;             // of the next byte
    struct editor *editor;   // NULL: nobody will want it again
};

static bool is_over(const struct shell *shell) {
    const struct shell_options *o = &shell->options;
    return shell->quit || (!o->interactive && (app_signal() || (shell->failed && !o->fail_at_end)));
}

static enum hm_status add_text(struct input *in, const char *text, size_t length,
                               struct hm_error *err) {
    if (!in->statement.length) {
        for (; length && strchr(" \t\r\n\f", *text); text++, length--)
            in->line += *text == '\n';
        in->shell->line = in->line;
    }
    for (size_t i = 0; i < length; i++)
        in->line += text[i] == '\n';
    return length ? hm_buf_append(&in->statement, text, length, err) : HM_OK;
}

/** Where a command begins behind comments. */
static const char *command_in(const char *text) {
    struct cypher_splitter splitter = {0};
    while (*text && (cypher_step(&splitter, *text), !splitter.command))
        text++;
    return text;
}

/** The statement is complete, or the input is. */
static void finish(struct input *in) {
    struct hm_buf *s = &in->statement;
    if (s->length && cypher_has_content(&in->splitter)) {
        if (in->editor) editor_remember(in->editor, s->data);
        if (s->data[s->length - 1] == ';') s->data[s->length - 1] = '\0';
        shell_run(in->shell, in->splitter.command ? command_in(s->data) : s->data);
    }
    s->length = 0;
}

static enum hm_status feed(struct input *in, const char *text, size_t length,
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

static void end(struct input *in) {
    if (!is_over(in->shell)) finish(in);
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

// ---- a person

/** cypher-shell's: "neo4j> ", "neo4j# " in a transaction, dots while a statement goes on. */
static void make_prompt(const struct input *in, char *prompt, size_t size) {
    const struct shell *shell = in->shell;
    const char *name = shell->database ? shell->database : "neo4j";
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
    struct input in = {.shell = shell, .line = 1, .editor = editor_new()};
    struct hm_error err;
    char prompt[80];
    while (in.editor && !is_over(shell)) {
        make_prompt(&in, prompt, sizeof prompt);
        const char *line = editor_line(in.editor, prompt);
        if (line && !app_signal() && feed(&in, line, strlen(line), &err) != HM_OK)
            shell_complain(shell, &err);
        if (app_signal() && goes_on_after_signal(&in)) continue;
        if (!line || app_signal()) break;
    }
    editor_free(in.editor);
    hm_buf_free(&in.statement);
    shell->failed = false; // a person has seen what failed
}
