// SPDX-License-Identifier: MIT
// Completion: brackets and the character before a word tell what it can be, without a parser.

#include "shell/complete.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "utf8.h"

enum place { NOWHERE, COMMAND, KEYWORD, PARAMETER, LABEL, TYPE, PROPERTY };

static const char *const keywords[] = {
    "ALL",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "BY",
    "CALL",
    "CASE",
    "COLLECT",
    "CONSTRAINT",
    "CONTAINS",
    "COUNT",
    "CREATE",
    "CSV",
    "DATABASE",
    "DATABASES",
    "DELETE",
    "DESC",
    "DETACH",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "ENDS WITH",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FOR",
    "FOREACH",
    "FROM",
    "HEADERS",
    "IF NOT EXISTS",
    "IN",
    "INDEX",
    "INDEXES",
    "IS NOT NULL",
    "IS NULL",
    "IS UNIQUE",
    "LIMIT",
    "LOAD CSV",
    "MATCH",
    "MERGE",
    "NOT",
    "NULL",
    "ON CREATE SET",
    "ON MATCH SET",
    "OPTIONAL MATCH",
    "OR",
    "ORDER BY",
    "PROFILE",
    "REMOVE",
    "REQUIRE",
    "RETURN",
    "SET",
    "SHOW",
    "SKIP",
    "STARTS WITH",
    "THEN",
    "TRANSACTIONS",
    "TRUE",
    "UNION",
    "UNIQUE",
    "UNWIND",
    "USE",
    "USER",
    "USING",
    "WHEN",
    "WHERE",
    "WITH",
    "XOR",
    "YIELD",
};

// ---- where

enum { DEEPEST = 64 };

struct scan {
    struct cypher_splitter splitter;
    struct {
        char bracket, before;
    } open[DEEPEST];
    size_t depth;
    size_t statement; // where it begins
    char last;        // code that is no blank
};

static void step(struct scan *scan, char byte, size_t at) {
    enum cypher_place place = cypher_step(&scan->splitter, byte);
    if (place == CYPHER_END) {
        scan->depth = 0;
        scan->last = 0;
        scan->statement = at + 1;
        return;
    }
    if (place != CYPHER_CODE || isspace((unsigned char)byte)) return;
    if (strchr("([{", byte) && scan->depth < DEEPEST) {
        scan->open[scan->depth].bracket = byte;
        scan->open[scan->depth++].before = scan->last;
    } else if (strchr(")]}", byte) && scan->depth) {
        scan->depth--;
    }
    scan->last = byte;
}

static bool in_word(char byte) {
    return isalnum((unsigned char)byte) || byte == '_' || (unsigned char)byte >= 0x80;
}

static size_t word_begin(const char *text, size_t cursor) {
    while (cursor && in_word(text[cursor - 1]))
        cursor--;
    return cursor;
}

/** statement: from the command's beginning. *begin is within it. */
static enum place place_of_command(const char *statement, size_t cursor, size_t *begin) {
    static const char help[] = ":help";
    size_t lead = strspn(statement, " \t\r\n\f"), end = lead + strcspn(statement + lead, " \t");
    if (cursor <= end) {
        *begin = lead;
        return COMMAND;
    }
    *begin = end + strspn(statement + end, " \t");
    bool is_help =
        end - lead == sizeof help - 1 && strncasecmp(statement + lead, help, end - lead) == 0;
    return is_help && *begin <= cursor ? COMMAND : NOWHERE;
}

static enum place place_of(const char *text, size_t cursor, size_t *begin) {
    struct scan scan = {0};
    *begin = word_begin(text, cursor);
    bool quoted = *begin && text[*begin - 1] == '`';
    for (size_t i = 0; i < *begin; i++)
        step(&scan, text[i], i);
    if (scan.splitter.command) {
        const char *statement = text + scan.statement;
        enum place place = place_of_command(statement, cursor - scan.statement, begin);
        *begin += scan.statement;
        return place;
    }
    if (quoted && scan.splitter.open == '`')
        --*begin;
    else if (scan.splitter.open)
        return NOWHERE;
    char before = *begin ? text[*begin - 1] : 0;
    char inside = scan.depth ? scan.open[scan.depth - 1].bracket : 0;
    if (before == '$') return PARAMETER;
    if (before == '.') {
        size_t owner = word_begin(text, *begin - 1);
        bool number = isdigit((unsigned char)text[owner]);
        return number || (*begin > 1 && text[*begin - 2] == '.') ? NOWHERE : PROPERTY;
    }
    if (scan.last && strchr(":|&!", scan.last)) {
        if (inside == '{') return NOWHERE;
        return inside == '[' && scan.open[scan.depth - 1].before == '-' ? TYPE : LABEL;
    }
    if (inside == '{' && (scan.last == '{' || scan.last == ',')) return PROPERTY;
    return *begin == cursor || quoted ? NOWHERE : KEYWORD;
}

// ---- what

/** A name as a statement has it. false: it cannot be shown. */
static bool write_name(const char *name, struct hm_buf *out, struct hm_error *err) {
    char clean[4 * 128 + 1];
    size_t length = strlen(name);
    if (!length || length > 128) return false;
    hm_utf8_clean(clean, name, length, HM_CLEAN_ESCAPE);
    if (strcmp(clean, name) != 0) return false;
    bool plain = !isdigit((unsigned char)*name);
    for (size_t i = 0; i < length; i++)
        plain = plain && in_word(name[i]);
    out->length = 0;
    enum hm_status status = plain ? HM_OK : hm_buf_append(out, "`", 1, err);
    for (size_t i = 0; status == HM_OK && i < length; i++) {
        status = hm_buf_append(out, &name[i], 1, err);
        if (status == HM_OK && name[i] == '`') status = hm_buf_append(out, "`", 1, err);
    }
    if (status == HM_OK && !plain) status = hm_buf_append(out, "`", 1, err);
    return status == HM_OK && hm_buf_append(out, "", 1, err) == HM_OK;
}

static bool begins_with(const char *name, const char *word, size_t length, bool any_case) {
    return (any_case ? strncasecmp(name, word, length) : strncmp(name, word, length)) == 0;
}

struct search {
    const char *word;
    size_t length;
    struct name_list *found;
    bool any_case;
};

static enum hm_status offer(const struct search *search, const char *name, bool is_name,
                            struct hm_error *err) {
    struct hm_buf text = {0};
    enum hm_status status = HM_OK;
    if (!begins_with(name, search->word, search->length, search->any_case)) return HM_OK;
    if (!is_name)
        status = name_list_add(search->found, name, err);
    else if (write_name(name, &text, err))
        status = name_list_add(search->found, text.data, err);
    hm_buf_free(&text);
    return status;
}

static enum hm_status offer_all(const struct search *search, struct shell *shell, enum place place,
                                struct hm_error *err) {
    static const enum name_kind kinds[] = {
        [LABEL] = NAME_LABEL, [TYPE] = NAME_TYPE, [PROPERTY] = NAME_PROPERTY};
    const char *name;
    switch (place) {
    case NOWHERE:
        return HM_OK;
    case COMMAND:
        for (size_t i = 0; (name = shell_command_name(i)); i++)
            HM_TRY(offer(search, name, false, err));
        return HM_OK;
    case KEYWORD:
        for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
            HM_TRY(offer(search, keywords[i], false, err));
        return HM_OK;
    case PARAMETER:
        for (size_t i = 0; (name = params_name(&shell->params, i)); i++)
            HM_TRY(offer(search, name, true, err));
        return HM_OK;
    case LABEL:
    case TYPE:
    case PROPERTY: {
        const struct name_list *names = names_known(shell, kinds[place]);
        for (size_t i = 0; names && i < names->count; i++)
            HM_TRY(offer(search, names->items[i], true, err));
        return HM_OK;
    }
    }
    return HM_OK;
}

enum hm_status complete_word(struct shell *shell, const char *text, size_t cursor,
                             struct completion *out, struct hm_error *err) {
    enum place place = place_of(text, cursor, &out->begin);
    const char *word = text + out->begin;
    size_t length = cursor - out->begin;
    bool quoted = length && *word == '`';
    struct search search = {word + quoted, length - quoted, &out->words, false};
    HM_TRY(offer_all(&search, shell, place, err));
    search.any_case = true;
    if (!out->words.count) HM_TRY(offer_all(&search, shell, place, err));
    name_list_sort(&out->words);
    return HM_OK;
}
