// SPDX-License-Identifier: MIT
// Lines by libedit, on the terminal's stderr: stdout is for results. The history stays in a file
// that nobody else may read; statements about passwords are not put there.

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <wchar.h>

#include "shell/shell.h"
#include "hmrec/pipeline.h"
#include "resources.h"

enum { HISTORY_LINES = 1000, CTRL_D = 4 };

struct editor {
    EditLine *lines;
    History *history;
    char *path; // NULL: not kept
    char prompt[80];
};

static char *prompt_of(EditLine *lines) {
    struct editor *editor = NULL;
    el_get(lines, EL_CLIENTDATA, &editor);
    return editor->prompt;
}

/** One character of the terminal; -1: a signal came, where libedit's own function would go on. */
static int get_char(EditLine *lines, wchar_t *out) {
    mbstate_t state = {0};
    (void)lines;
    for (;;) {
        char byte;
        if (!app_wait_readable(STDIN_FILENO)) return -1;
        ssize_t got = read(STDIN_FILENO, &byte, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return (int)got;
        if (byte == '\0') byte = CTRL_D; // typed ahead, before libedit took the terminal over
        size_t used = mbrtowc(out, &byte, 1, &state);
        if (used == (size_t)-1) memset(&state, 0, sizeof state); // no such character: leave it out
        if (used <= 1) return 1;
    }
}

static void open_history(struct editor *editor, const char *given) {
    HistEvent event;
    editor->history = history_init();
    if (!editor->history) return;
    history(editor->history, &event, H_SETSIZE, HISTORY_LINES);
    history(editor->history, &event, H_SETUNIQUE, 1);
    if (!given)
        editor->path = app_history_path();
    else if (strcmp(given, "in-memory") != 0)
        editor->path = strdup(given);
    if (editor->path) history(editor->history, &event, H_LOAD, editor->path);
    el_set(editor->lines, EL_HIST, history, editor->history);
}

struct editor *editor_new(const char *history_file) {
    struct editor *editor = calloc(1, sizeof *editor);
    if (!editor) return NULL;
    setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1) setlocale(LC_CTYPE, "C.UTF-8"); // servers talk UTF-8 whatever is set
    editor->lines = el_init("hmrec", stdin, stderr, stderr);
    if (!editor->lines) {
        free(editor);
        return NULL;
    }
    el_set(editor->lines, EL_CLIENTDATA, editor);
    el_set(editor->lines, EL_PROMPT, prompt_of);
    el_set(editor->lines, EL_EDITOR, "emacs");
    el_wset(editor->lines, EL_GETCFN, get_char);
    open_history(editor, history_file);
    el_source(editor->lines, NULL); // the user's ~/.editrc
    return editor;
}

const char *editor_line(struct editor *editor, const char *prompt) {
    int count = 0;
    snprintf(editor->prompt, sizeof editor->prompt, "%s", prompt);
    el_resize(editor->lines); // the window may have changed meanwhile
    const char *line = el_gets(editor->lines, &count);
    if (line && count > 0 && !app_signal()) return line;
    putc('\n', stderr);
    return NULL;
}

static bool tells_a_secret(const char *statement) {
    static const char word[] = "password", connect[] = ":connect";
    if (strncasecmp(statement, connect, sizeof connect - 1) == 0 && strstr(statement, "-p"))
        return true;
    for (; *statement; statement++)
        if (strncasecmp(statement, word, sizeof word - 1) == 0) return true;
    return false;
}

void editor_remember(struct editor *editor, const char *statement) {
    HistEvent event;
    if (editor->history && !tells_a_secret(statement))
        history(editor->history, &event, H_ENTER, statement);
}

bool editor_list(struct editor *editor, FILE *file) {
    HistEvent event;
    if (!editor->history) return false;
    for (int more = history(editor->history, &event, H_LAST); more >= 0;
         more = history(editor->history, &event, H_PREV))
        fprintf(file, "%s%s", event.str,
                *event.str && event.str[strlen(event.str) - 1] == '\n' ? "" : "\n");
    return true;
}

void editor_forget(struct editor *editor) {
    HistEvent event;
    if (editor->history) history(editor->history, &event, H_CLEAR);
}

void editor_free(struct editor *editor) {
    HistEvent event;
    if (!editor) return;
    if (editor->path) history(editor->history, &event, H_SAVE, editor->path);
    if (editor->history) history_end(editor->history);
    el_end(editor->lines);
    free(editor->path);
    free(editor);
}
