// SPDX-License-Identifier: MIT
// Lines as the terminal gives them: a build without libedit.

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shell/shell.h"

struct editor {
    char *line;
    size_t capacity;
};

struct editor *editor_new(struct shell *shell) {
    (void)shell;
    return calloc(1, sizeof(struct editor));
}

const char *editor_line(struct editor *editor, const char *prompt, bool goes_on) {
    (void)goes_on;
    fputs(prompt, stderr);
    fflush(stderr);
    if (app_wait_readable(STDIN_FILENO) && getline(&editor->line, &editor->capacity, stdin) > 0 &&
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
