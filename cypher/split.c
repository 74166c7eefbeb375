// SPDX-License-Identifier: MIT
// Cuts Cypher into statements without parsing it: only strings, quoted names and comments can hide
// a ";". One byte at a time, so that a text may come in pieces of any size.

#include "cypher.h"

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f';
}

static enum cypher_place step_comment(struct cypher_splitter *s, char byte) {
    bool ends = s->open == '/' ? byte == '\n' || byte == '\r' // as on the server
                               : s->last == '*' && byte == '/';
    s->last = byte;
    if (ends) s->open = s->last = 0;
    return CYPHER_COMMENT;
}

static enum cypher_place step_quoted(struct cypher_splitter *s, char byte) {
    enum cypher_place place = s->open == '`' ? CYPHER_NAME : CYPHER_STRING;
    bool escaped = s->last == '\\';
    s->last = !escaped && byte == '\\' && place == CYPHER_STRING ? '\\' : 0;
    if (byte == s->open && !escaped) s->open = 0;
    return place;
}

static enum cypher_place step_code(struct cypher_splitter *s, char byte) {
    bool slash = s->last == '/';
    s->last = byte;
    if (slash && (byte == '/' || byte == '*')) {
        s->open = byte;
        s->last = 0; // "/*/" does not end what it opens
        return CYPHER_COMMENT;
    }
    if (slash) s->started = true; // it was a division
    if (byte == ';') {
        s->ended = true;
        return CYPHER_END;
    }
    if (byte == '\'' || byte == '"' || byte == '`') {
        s->open = byte;
        s->last = 0;
        s->started = true;
        return byte == '`' ? CYPHER_NAME : CYPHER_STRING;
    }
    if (!s->started && byte == ':') s->command = true;
    if (!is_blank(byte) && byte != '/') s->started = true;
    return CYPHER_CODE;
}

static enum cypher_place step_text(struct cypher_splitter *s, char byte) {
    if (s->open == '/' || s->open == '*') return step_comment(s, byte);
    if (s->open) return step_quoted(s, byte);
    return step_code(s, byte);
}

/** A command ends with its line, but for a map, which is its first argument (":param {"): that may
 *  have several lines. A ";" ends a map that is never closed. */
static enum cypher_place step_command(struct cypher_splitter *s, char byte) {
    if (s->braces > 0) {
        enum cypher_place place = step_text(s, byte);
        if (place == CYPHER_CODE && byte == '{') s->braces++;
        if (place == CYPHER_CODE && byte == '}') s->braces--;
        return place;
    }
    s->ended = byte == '\n' || byte == '\r';
    if (s->part == CYPHER_COMMAND_NAME && is_blank(byte))
        s->part = CYPHER_COMMAND_GAP;
    else if (s->part == CYPHER_COMMAND_GAP && byte == '{')
        s->braces = 1;
    if (s->part == CYPHER_COMMAND_GAP && !is_blank(byte)) s->part = CYPHER_COMMAND_REST;
    return s->ended ? CYPHER_END : CYPHER_CODE;
}

enum cypher_place cypher_step(struct cypher_splitter *s, char byte) {
    if (s->ended) *s = (struct cypher_splitter){0};
    return s->command ? step_command(s, byte) : step_text(s, byte);
}

size_t cypher_split(struct cypher_splitter *s, const char *text, size_t length, bool *complete) {
    *complete = false;
    for (size_t i = 0; i < length; i++)
        if (cypher_step(s, text[i]) == CYPHER_END) {
            *complete = true;
            return i + 1;
        }
    return length;
}

bool cypher_has_content(const struct cypher_splitter *s) {
    return s->started || (s->last == '/' && !s->open); // a lone "/" is for the server to refuse
}
