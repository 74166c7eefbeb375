// SPDX-License-Identifier: MIT
// libcsv knows neither lines nor offsets, so it is fed line by line from a buffer that always holds
// the row in hand: a row ends where libcsv says so at the end of a line, and a bad row is left by
// going back to the end of its first line. What the bytes are packed or written in is
// text_source.c's business.

#include "csv_reader.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"
#include "text_source.h"
#include "utf8.h"

enum { BUFFER_BYTES = 4 * CSV_READER_ROW_BYTES, IDENTITY_BYTES = 1 << 16 };

struct csv_reader {
    struct csv_parser parser;
    char *path;
    struct text_source *source;
    bool at_end;   // of the source
    bool cr_lines; // lines end in CR alone
    char separator;
    char remark[64];
    char identity[HM_DIGEST_HEX + 1];
    char *buffer;        // [BUFFER_BYTES], `length` in use
    size_t length, at;   // at: start of the next line
    uint64_t base, line; // text before buffer[0], in bytes; lines before `at`
    // the row in hand, filled in by libcsv's callbacks
    struct hm_buf text;                // its fields, each with a NUL behind
    size_t starts[CSV_READER_COLUMNS]; // of each in text
    const char *fields[CSV_READER_COLUMNS];
    size_t n;
    bool ended, several, no_memory;
    // the header
    struct hm_buf names; // NUL behind each
    size_t columns;
};

static int no_space(unsigned char c) {
    (void)c;
    return 0; // RFC 4180: blanks are part of a field
}

static void on_field(void *field, size_t length, void *context) {
    struct csv_reader *r = context;
    if (r->ended) r->several = true;
    if (r->n < CSV_READER_COLUMNS) {
        r->starts[r->n] = r->text.length;
        if (hm_buf_append(&r->text, field, length, NULL) != HM_OK ||
            hm_buf_append(&r->text, "", 1, NULL) != HM_OK)
            r->no_memory = true;
    }
    r->n++;
}

static void on_row(int c, void *context) {
    struct csv_reader *r = context;
    (void)c;
    r->ended = true;
}

static enum hm_status start_parser(struct csv_reader *r, struct hm_error *err) {
    csv_free(&r->parser);
    int options = CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL;
    if (csv_init(&r->parser, (unsigned char)options) != 0)
        return hm_fail(err, HM_ENOMEM, "%s: no memory for a CSV parser", r->path);
    csv_set_space_func(&r->parser, no_space);
    csv_set_delim(&r->parser, (unsigned char)r->separator);
    return HM_OK;
}

// Read on; what lies before `keep` may go. At the end of the file or with a full buffer nothing is
// added.
static enum hm_status fill(struct csv_reader *r, size_t *keep, struct hm_error *err) {
    if (*keep) {
        memmove(r->buffer, r->buffer + *keep, r->length - *keep);
        r->length -= *keep;
        r->at -= *keep;
        r->base += *keep;
        *keep = 0;
    }
    while (!r->at_end && BUFFER_BYTES - r->length >= TEXT_SOURCE_LEAST) {
        char *to = r->buffer + r->length;
        size_t got;
        HM_TRY(text_source_read(r->source, to, BUFFER_BYTES - r->length, &got, err));
        for (char *cr = to; r->cr_lines && (cr = memchr(cr, '\r', got - (size_t)(cr - to)));)
            *cr = '\n';
        r->at_end = got == 0;
        r->length += got;
    }
    return HM_OK;
}

// The next line, with its line feed; *length 0 at the end of the file.
static enum hm_status next_line(struct csv_reader *r, size_t *row_start, const char **line,
                                size_t *length, struct hm_error *err) {
    char *end = memchr(r->buffer + r->at, '\n', r->length - r->at);
    if (!end && !r->at_end) {
        HM_TRY(fill(r, row_start, err));
        end = memchr(r->buffer + r->at, '\n', r->length - r->at);
    }
    *line = r->buffer + r->at;
    *length = end ? (size_t)(end + 1 - *line) : r->length - r->at;
    r->at += *length;
    r->line += *length != 0;
    return HM_OK;
}

// Leave a bad row that began at buffer[start]: go on behind its first line, with a parser that has
// forgotten it.
static enum hm_status bad_row(struct csv_reader *r, size_t start, uint64_t line, const char *why,
                              struct hm_error *err) {
    char *end = memchr(r->buffer + start, '\n', r->length - start);
    r->at = end ? (size_t)(end + 1 - r->buffer) : r->length;
    r->line = line;
    HM_TRY(start_parser(r, err));
    return hm_fail(err, HM_EFORMAT, "%s:%llu: %s", r->path, (unsigned long long)line, why);
}

static enum hm_status check_row(struct csv_reader *r, size_t start, uint64_t line,
                                struct hm_error *err) {
    char why[160];
    if (r->several) return bad_row(r, start, line, "a carriage return amid the line", err);
    if (r->n > CSV_READER_COLUMNS || (r->columns && r->n != r->columns)) {
        snprintf(why, sizeof why, "found %zu fields, expected %zu", r->n, r->columns);
        return bad_row(r, start, line, why, err);
    }
    for (size_t i = 0; i < r->n; i++) {
        r->fields[i] = r->text.data + r->starts[i];
        size_t length = (i + 1 < r->n ? r->starts[i + 1] : r->text.length) - r->starts[i] - 1;
        size_t good = hm_utf8_check(r->fields[i], length);
        if (good < length || memchr(r->fields[i], '\0', length)) {
            snprintf(why, sizeof why, "field %zu %s", i + 1,
                     good < length ? "is not UTF-8 (iconv -f latin1 -t utf-8 converts Latin-1)"
                                   : "has a zero byte");
            return bad_row(r, start, line, why, err);
        }
    }
    return HM_OK;
}

static bool blank(const char *line, size_t length) {
    return line[0] == '\n' || (length == 2 && line[0] == '\r' && line[1] == '\n');
}

// Feed one more line; r->ended says whether the row is complete. *good = false: quotes do not
// match.
static enum hm_status feed(struct csv_reader *r, const char *line, size_t length, bool *good,
                           struct hm_error *err) {
    *good = csv_parse(&r->parser, line, length, on_field, on_row, r) == length;
    // What follows a carriage return amid a line has begun another row: libcsv's state 0 is between
    // rows.
    if (r->ended && r->parser.pstate != 0) r->several = true;
    bool last = r->at_end && r->at == r->length;
    if (*good && last && !r->ended) *good = csv_fini(&r->parser, on_field, on_row, r) == 0;
    if (r->no_memory || csv_error(&r->parser) == CSV_ENOMEM)
        return hm_fail(err, HM_ENOMEM, "%s: no memory for a row", r->path);
    return HM_OK;
}

enum hm_status csv_reader_next(struct csv_reader *r, struct csv_row *row, struct hm_error *err) {
    size_t start = r->at, length;
    uint64_t first = r->line + 1;
    const char *line;
    bool good;
    r->text.length = r->n = 0;
    r->ended = r->several = false;
    while (!r->ended) {
        HM_TRY(next_line(r, &start, &line, &length, err));
        if (!length) break; // end of file, behind the last row or what is none
        if (start + length == r->at && blank(line, length)) {
            start = r->at;
            first = r->line + 1;
            continue;
        }
        if (r->at - start > CSV_READER_ROW_BYTES)
            return bad_row(r, start, first, "longer than 256 KiB; a quote that is not closed?",
                           err);
        HM_TRY(feed(r, line, length, &good, err));
        if (!good)
            return bad_row(r, start, first, "quotes do not match (a quote in a field is \"\")",
                           err);
    }
    if (r->n) HM_TRY(check_row(r, start, first, err));
    *row = (struct csv_row){.fields = r->fields, .n = r->n, .line = first};
    return HM_OK;
}

// ---- opening

static enum hm_status identify(struct csv_reader *r, struct hm_error *err) {
    const struct stat *st = text_source_about(r->source);
    if (!st) return HM_OK;
    char head[64];
    int n = snprintf(head, sizeof head, "2 %lld %lld.%09ld ", (long long)st->st_size,
                     (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
    struct hm_buf content = {0};
    size_t length = r->length < IDENTITY_BYTES ? r->length : IDENTITY_BYTES;
    enum hm_status status = hm_buf_append(&content, head, (size_t)n, err);
    if (status == HM_OK) status = hm_buf_append(&content, r->buffer, length, err);
    if (status == HM_OK) status = hm_digest(content.data, content.length, r->identity, err);
    hm_buf_free(&content);
    return status;
}

// Spreadsheets of some countries write ";" or a tab for the comma: whichever the first line has
// most of, outside quotes.
static char find_separator(const char *text, size_t length) {
    static const char separators[] = ",;\t";
    size_t counts[3] = {0}, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < length && (quoted || (text[i] != '\n' && text[i] != '\r')); i++) {
        const char *found = strchr(separators, text[i]);
        if (text[i] == '"') quoted = !quoted;
        if (found && *found && !quoted) counts[found - separators]++;
    }
    for (size_t i = 1; i < 3; i++)
        if (counts[i] > counts[best]) best = i;
    return separators[best];
}

// Line ends, separator, and what to say of both.
static enum hm_status find_dialect(struct csv_reader *r, struct hm_error *err) {
    const char *kind = text_source_kind(r->source);
    r->cr_lines = memchr(r->buffer, '\r', r->length) && !memchr(r->buffer, '\n', r->length);
    for (size_t i = 0; r->cr_lines && i < r->length; i++)
        if (r->buffer[i] == '\r') r->buffer[i] = '\n';
    r->separator = find_separator(r->buffer, r->length);
    const char *separated = r->separator == ';'    ? "semicolon-separated"
                            : r->separator == '\t' ? "tab-separated"
                                                   : "";
    snprintf(r->remark, sizeof r->remark, "%s%s%s", kind, *kind && *separated ? ", " : "",
             separated);
    return start_parser(r, err);
}

// A name without the blanks around it.
static const char *trim(const char *name, size_t *length) {
    *length = strlen(name);
    while (*length && (*name == ' ' || *name == '\t')) {
        name++;
        --*length;
    }
    while (*length && (name[*length - 1] == ' ' || name[*length - 1] == '\t'))
        --*length;
    return name;
}

static bool same_name(const char *a, const char *b) {
    size_t a_length, b_length;
    a = trim(a, &a_length);
    b = trim(b, &b_length);
    return a_length == b_length && strncasecmp(a, b, a_length) == 0;
}

static enum hm_status read_header(struct csv_reader *r, struct hm_error *err) {
    struct csv_row row;
    HM_TRY(csv_reader_next(r, &row, err));
    if (!row.n) return hm_fail(err, HM_EFORMAT, "%s: empty, expected a header line", r->path);
    for (size_t i = 0; i < row.n; i++)
        for (size_t j = 0; j < i; j++)
            if (*row.fields[i] && same_name(row.fields[i], row.fields[j]))
                return hm_fail(err, HM_EFORMAT, "%s: its header has the column \"%.40s\" twice",
                               r->path, row.fields[i]);
    r->columns = row.n;
    return hm_buf_append(&r->names, r->text.data, r->text.length, err);
}

enum hm_status csv_reader_open(struct csv_reader **out, const char *path,
                               const struct hm_host *host, struct hm_error *err) {
    *out = NULL;
    struct csv_reader *r = calloc(1, sizeof *r);
    if (!r) return hm_fail(err, HM_ENOMEM, "%s: no memory to read it", path);
    r->path = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
    r->buffer = malloc(BUFFER_BYTES);
    r->separator = ',';
    enum hm_status status = HM_OK;
    size_t keep = 0;
    if (!r->path || !r->buffer) status = hm_fail(err, HM_ENOMEM, "%s: no memory to read it", path);
    if (status == HM_OK) status = text_source_open(&r->source, path, host, err);
    if (status == HM_OK) status = fill(r, &keep, err);
    if (status == HM_OK) status = identify(r, err);
    if (status == HM_OK) status = find_dialect(r, err);
    if (status == HM_OK) status = read_header(r, err);
    if (status != HM_OK)
        csv_reader_close(r);
    else
        *out = r;
    return status;
}

void csv_reader_close(struct csv_reader *r) {
    if (!r) return;
    text_source_close(r->source);
    csv_free(&r->parser);
    hm_buf_free(&r->text);
    hm_buf_free(&r->names);
    free(r->buffer);
    free(r->path);
    free(r);
}

int csv_reader_column(const struct csv_reader *r, const char *name) {
    const char *at = r->names.data;
    for (size_t i = 0; i < r->columns; i++, at += strlen(at) + 1)
        if (same_name(at, name)) return (int)i;
    return -1;
}

const char *csv_reader_name(const struct csv_reader *r, size_t i) {
    const char *at = r->names.data;
    if (i >= r->columns) return NULL;
    while (i--)
        at += strlen(at) + 1;
    return at;
}

const char *csv_reader_identity(const struct csv_reader *r) {
    return r->identity;
}

const char *csv_reader_remark(const struct csv_reader *r) {
    return r->remark;
}

uint64_t csv_reader_size(const struct csv_reader *r) {
    return text_source_size(r->source);
}

void csv_reader_position(const struct csv_reader *r, uint64_t *bytes, uint64_t *lines) {
    *bytes = r->base + r->at;
    *lines = r->line;
}

enum hm_status csv_reader_seek(struct csv_reader *r, uint64_t bytes, uint64_t lines,
                               struct hm_error *err) {
    HM_TRY(text_source_seek(r->source, bytes, err));
    r->base = bytes;
    r->line = lines;
    r->length = r->at = 0;
    r->at_end = false;
    return start_parser(r, err);
}
