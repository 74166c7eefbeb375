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

#include "shell/complete.h"
#include "hmrec/pipeline.h"
#include "resources.h"
#include "utf8.h"

enum { HISTORY_LINES = 1000, CTRL_D = 4 };

struct editor {
    struct shell *shell;
    EditLine *lines;
    History *history;
    char *path;    // NULL: not kept
    bool whole;    // statements are edited as a whole: the terminal can go up
    bool one_line; // not this one
    char prompt[80];
};

// Keys that no keyboard sends, through which our functions call those of libedit.
#define KEY_ENTER     "\x1c"
#define KEY_LINE_UP   "\x1d"
#define KEY_LINE_DOWN "\x1e"
#define KEY_BACK      "\x10" // Ctrl-P
#define KEY_FORTH     "\x0e" // Ctrl-N
enum { MOST_LINES = 200 };   // that are edited as a whole

static char *prompt_of(EditLine *lines) {
    struct editor *editor = NULL;
    el_get(lines, EL_CLIENTDATA, &editor);
    return editor->prompt;
}

/** One character of the terminal; -1: a signal came, where libedit's own function would go on. */
static int get_char(EditLine *lines, wchar_t *out) {
    mbstate_t state = {0};
    struct editor *editor = NULL;
    el_get(lines, EL_CLIENTDATA, &editor);
    for (;;) {
        char byte;
        enum app_wait wait = app_wait_readable_for(STDIN_FILENO, editor->shell->options.idle_s);
        editor->shell->idle = wait == APP_WAIT_TIMEOUT;
        if (wait != APP_WAIT_READY) return -1;
        ssize_t got = read(STDIN_FILENO, &byte, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return (int)got;
        if (byte == '\0') byte = CTRL_D; // typed ahead, before libedit took the terminal over
        size_t used = mbrtowc(out, &byte, 1, &state);
        if (used == (size_t)-1) memset(&state, 0, sizeof state); // no such character: leave it out
        if (used <= 1) return 1;
    }
}

// ---- several lines

/** Enter: ends what is whole, and otherwise begins a line. */
static unsigned char enter(EditLine *lines, int key) {
    struct editor *editor = NULL;
    const LineInfo *info = el_line(lines);
    size_t length = (size_t)(info->lastchar - info->buffer), breaks = 0;
    el_get(lines, EL_CLIENTDATA, &editor);
    (void)key;
    for (size_t i = 0; i < length; i++)
        breaks += info->buffer[i] == '\n';
    bool ends = !editor->whole || editor->one_line || breaks >= MOST_LINES ||
                shell_is_whole(info->buffer, length);
    if (!ends && el_insertstr(lines, "\n") == 0) return CC_REFRESH;
    el_push(lines, KEY_ENTER);
    return CC_NORM;
}

static unsigned char up(EditLine *lines, int key) {
    const LineInfo *info = el_line(lines);
    (void)key;
    bool inside = memchr(info->buffer, '\n', (size_t)(info->cursor - info->buffer)) != NULL;
    el_push(lines, inside ? KEY_LINE_UP : KEY_BACK);
    return CC_NORM;
}

static unsigned char down(EditLine *lines, int key) {
    const LineInfo *info = el_line(lines);
    (void)key;
    bool inside = memchr(info->cursor, '\n', (size_t)(info->lastchar - info->cursor)) != NULL;
    el_push(lines, inside ? KEY_LINE_DOWN : KEY_FORTH);
    return CC_NORM;
}

// ---- completion

/** How much the words have in common, whole characters. */
static size_t common_length(const struct name_list *words) {
    const char *first = words->items[0];
    size_t length = strlen(first);
    for (size_t i = 1; i < words->count; i++) {
        size_t same = 0;
        while (same < length && words->items[i][same] == first[same])
            same++;
        length = same;
    }
    while (length && ((unsigned char)first[length] & 0xc0) == 0x80)
        length--;
    return length;
}

static int characters(const char *text, size_t length) {
    int count = 0;
    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

static void list_words(const struct name_list *words) {
    enum { MOST = 100, COLUMNS = 78 };
    size_t used = 0;
    putc('\n', stderr);
    for (size_t i = 0; i < words->count && i < MOST; i++) {
        size_t width = hm_utf8_columns(words->items[i]) + 2;
        if (used && used + width > COLUMNS) used = 0, putc('\n', stderr);
        fprintf(stderr, "%s  ", words->items[i]);
        used += width;
    }
    if (words->count > MOST) fprintf(stderr, "... %zu more", words->count - MOST);
    putc('\n', stderr);
}

/** Put what is sure in the place of the word; list the words where nothing is. */
static unsigned char apply(EditLine *lines, const char *word, size_t length,
                           const struct name_list *words) {
    if (!words->count) {
        if (length || el_insertstr(lines, "\t") != 0) return CC_ERROR;
        return CC_REFRESH; // of a text that is pasted
    }
    size_t common = common_length(words);
    char *sure = strndup(words->items[0], common);
    bool progress = sure && common >= length &&
                    (common > length || (words->count == 1 && strncmp(sure, word, common) != 0));
    unsigned char result = CC_ERROR;
    if (progress) {
        if (length) el_deletestr(lines, characters(word, length));
        if (el_insertstr(lines, sure) == 0) result = CC_REFRESH;
    } else if (words->count > 1) {
        list_words(words);
        result = CC_REDISPLAY;
    }
    free(sure);
    return result;
}

static unsigned char complete(EditLine *lines, int key) {
    struct editor *editor = NULL;
    struct completion completion = {0};
    struct hm_error ignored;
    const LineInfo *info = el_line(lines);
    size_t cursor = (size_t)(info->cursor - info->buffer);
    char *text = strndup(info->buffer, cursor);
    unsigned char result = CC_ERROR;
    el_get(lines, EL_CLIENTDATA, &editor);
    (void)key;
    if (text && complete_word(editor->shell, text, cursor, &completion, &ignored) == HM_OK)
        result =
            apply(lines, text + completion.begin, cursor - completion.begin, &completion.words);
    name_list_free(&completion.words);
    free(text);
    return result;
}

static void bind_keys(struct editor *editor) {
    static const char *const keys[][2] = {{KEY_ENTER, "ed-newline"},
                                          {KEY_LINE_UP, "ed-prev-line"},
                                          {KEY_LINE_DOWN, "ed-next-line"},
                                          {"^I", "hm-complete"},
                                          {"^M", "hm-enter"},
                                          {"^J", "hm-enter"},
                                          {"\033[A", "hm-up"},
                                          {"\033OA", "hm-up"},
                                          {"\033[B", "hm-down"},
                                          {"\033OB", "hm-down"}};
    char *up_code = NULL;
    editor->whole = el_get(editor->lines, EL_GETTC, "up", &up_code) == 0 && up_code && *up_code;
    el_wset(editor->lines, EL_ADDFN, L"hm-complete", L"what the word may become", complete);
    el_wset(editor->lines, EL_ADDFN, L"hm-enter", L"end a statement or go on in a line", enter);
    el_wset(editor->lines, EL_ADDFN, L"hm-up", L"a line up, or back in the history", up);
    el_wset(editor->lines, EL_ADDFN, L"hm-down", L"a line down, or forth in the history", down);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        el_set(editor->lines, EL_BIND, keys[i][0], keys[i][1], NULL);
}

// ---- history

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

struct editor *editor_new(struct shell *shell) {
    struct editor *editor = calloc(1, sizeof *editor);
    if (!editor) return NULL;
    setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1) setlocale(LC_CTYPE, "C.UTF-8"); // servers talk UTF-8 whatever is set
    editor->lines = el_init("hmrec", stdin, stderr, stderr);
    if (!editor->lines) {
        free(editor);
        return NULL;
    }
    editor->shell = shell;
    el_set(editor->lines, EL_CLIENTDATA, editor);
    el_set(editor->lines, EL_PROMPT, prompt_of);
    el_set(editor->lines, EL_EDITOR, "emacs");
    el_wset(editor->lines, EL_GETCFN, get_char);
    open_history(editor, shell->options.history);
    bind_keys(editor);
    el_source(editor->lines, NULL); // the user's ~/.editrc
    return editor;
}

const char *editor_line(struct editor *editor, const char *prompt, bool goes_on) {
    int count = 0;
    editor->one_line = goes_on;
    snprintf(editor->prompt, sizeof editor->prompt, "%s", prompt);
    el_resize(editor->lines); // the window may have changed meanwhile
    const char *line = el_gets(editor->lines, &count);
    if (line && count > 0 && !app_signal() && !editor->shell->idle) return line;
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
