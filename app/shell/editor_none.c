// SPDX-License-Identifier: MIT
// Lines as the terminal gives them: a build without libedit.

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shell/shell.h"

struct editor {
    struct shell *shell;
    char *line;
    size_t capacity;
};

struct editor *editor_new(struct shell *shell) {
    struct editor *editor = calloc(1, sizeof *editor);
    if (editor) editor->shell = shell;
    return editor;
}

const char *editor_line(struct editor *editor, const char *prompt, bool goes_on) {
    (void)goes_on;
    fputs(prompt, stderr);
    fflush(stderr);
    struct shell *shell = editor->shell;
    enum app_wait wait = app_wait_readable_for(STDIN_FILENO, shell->options.idle_s);
    shell->idle = wait == APP_WAIT_TIMEOUT;
    if (wait == APP_WAIT_READY && getline(&editor->line, &editor->capacity, stdin) > 0 &&
        !app_signal())
        return editor->line;
    clearerr(stdin);
    putc('\n', stderr);
    return NULL;
}

void editor_remember(struct editor *editor, const char *statement) {
    (void)editor;
    (void)statement;
}

bool editor_list(struct editor *editor, FILE *file) {
    (void)editor;
    (void)file;
    return false;
}

void editor_forget(struct editor *editor) {
    (void)editor;
}

void editor_free(struct editor *editor) {
    if (editor) free(editor->line);
    free(editor);
}
