// SPDX-License-Identifier: MIT
#include "arrow.h"

#include <assert.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "Arrow's numbers are little-endian");

enum {
    V5 = 4,
    SCHEMA = 1,
    RECORD_BATCH = 3,
    FLOAT = 3,
    UTF8 = 5,
    FIXED_SIZE_LIST = 16,
    SINGLE = 1
};

// ---- flatbuffers, front to back

// Of the buffer that begins at `start` in `out`; the first failure stays.
struct builder {
    struct hm_buf *out;
    size_t start;
    enum hm_status status;
    struct hm_error *err;
};

enum { FIELDS_MAX = 7 };
// A table that has been written: where its fields are, from the start.
struct table {
    uint32_t at, fields[FIELDS_MAX];
};

static uint32_t here(const struct builder *b) {
    return (uint32_t)(b->out->length - b->start);
}

static void append(struct builder *b, const void *bytes, size_t n) {
    if (b->status == HM_OK && n) b->status = hm_buf_append(b->out, bytes, n, b->err);
}

// Zeros until `behind` bytes more would end at a multiple of `align`.
static void align(struct builder *b, size_t behind, size_t align) {
    static const char zeros[64];
    size_t at = (here(b) + behind) % align;
    append(b, zeros, at ? align - at : 0);
}

static void set(struct builder *b, uint32_t at, const void *value, size_t n) {
    if (b->status == HM_OK) memcpy(b->out->data + b->start + at, value, n);
}

static void set_u8(struct builder *b, uint32_t at, uint8_t value) {
    set(b, at, &value, sizeof value);
}
static void set_i16(struct builder *b, uint32_t at, int16_t value) {
    set(b, at, &value, sizeof value);
}
static void set_i32(struct builder *b, uint32_t at, int32_t value) {
    set(b, at, &value, sizeof value);
}
static void set_i64(struct builder *b, uint32_t at, int64_t value) {
    set(b, at, &value, sizeof value);
}

// A field becomes an offset to what is written next.
static void link_next(struct builder *b, uint32_t field) {
    align(b, 0, 8);
    uint32_t offset = here(b) - field;
    set(b, field, &offset, sizeof offset);
}

// A table whose n fields are of these sizes (0: left out); all of it zeros so far.
static struct table put_table(struct builder *b, size_t n, const uint8_t *sizes) {
    uint16_t vtable[2 + FIELDS_MAX], size = sizeof(int32_t);
    struct table t = {0};
    for (size_t i = 0; i < n; i++) {
        vtable[2 + i] = 0;
        if (!sizes[i]) continue;
        size = (uint16_t)((size + sizes[i] - 1) / sizes[i] * sizes[i]);
        vtable[2 + i] = size;
        size = (uint16_t)(size + sizes[i]);
    }
    vtable[0] = (uint16_t)(sizeof *vtable * (2 + n));
    vtable[1] = size;
    align(b, vtable[0], 8); // so that the table begins at a multiple of 8
    append(b, vtable, vtable[0]);
    t.at = here(b);
    int32_t back = vtable[0];
    append(b, &back, sizeof back);
    for (size_t i = sizeof back; i < size; i++)
        append(b, "", 1);
    for (size_t i = 0; i < n; i++)
        t.fields[i] = t.at + vtable[2 + i];
    return t;
}

// A vector behind a field; returns where its first element is.
static uint32_t put_vector(struct builder *b, uint32_t field, uint32_t n, size_t element) {
    link_next(b, field);
    if (element == 8 || element == 16 || element == 24) {
        // The count stands right before elements at a multiple of 8.
        uint32_t offset = here(b) + 4 - field;
        append(b, "\0\0\0", 4);
        set(b, field, &offset, sizeof offset);
    }
    append(b, &n, sizeof n);
    uint32_t at = here(b);
    for (size_t i = 0; i < n * element; i++)
        append(b, "", 1);
    return at;
}

static void put_string(struct builder *b, uint32_t field, const char *text) {
    uint32_t length = (uint32_t)strlen(text);
    link_next(b, field);
    append(b, &length, sizeof length);
    append(b, text, length + 1);
}

// ---- the schema

static void put_type(struct builder *b, uint32_t field, uint8_t type) {
    struct table t;
    switch (type) {
    case FLOAT:
        t = put_table(b, 1, (const uint8_t[]){2});
        set_i16(b, t.fields[0], SINGLE);
        break;
    case FIXED_SIZE_LIST:
        t = put_table(b, 1, (const uint8_t[]){4});
        set_i32(b, t.fields[0], HM_DIM);
        break;
    default:
        t = put_table(b, 0, NULL);
    }
    uint32_t offset = t.at - field;
    set(b, field, &offset, sizeof offset);
}

struct column {
    const char *name;
    uint8_t type;
    bool nullable;
    const struct column *child;
};
static const struct column item = {"item", FLOAT, false, NULL};
static const struct column columns[] = {
    {"key", UTF8, false, NULL},
    {"sha256", UTF8, true, NULL},
    {"embedding", FIXED_SIZE_LIST, true, &item},
    {"error", UTF8, true, NULL},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

// The field's table behind an offset at `from`.
static void put_field(struct builder *b, uint32_t from, const struct column *c) {
    enum { NAME, NULLABLE, TYPE_TYPE, TYPE, DICTIONARY, CHILDREN, FIELDS };
    struct table t = put_table(b, FIELDS, (const uint8_t[FIELDS]){4, 1, 1, 4, 0, 4});
    uint32_t offset = t.at - from;
    set(b, from, &offset, sizeof offset);
    set_u8(b, t.fields[NULLABLE], c->nullable);
    set_u8(b, t.fields[TYPE_TYPE], c->type);
    put_string(b, t.fields[NAME], c->name);
    put_type(b, t.fields[TYPE], c->type);
    uint32_t child = put_vector(b, t.fields[CHILDREN], c->child != NULL, 4);
    if (c->child) put_field(b, child, c->child);
}

static void put_pairs(struct builder *b, uint32_t field, const struct arrow_pair *pairs, size_t n) {
    uint32_t at = put_vector(b, field, (uint32_t)n, 4);
    for (size_t i = 0; i < n; i++, at += 4) {
        struct table t = put_table(b, 2, (const uint8_t[]){4, 4});
        uint32_t offset = t.at - at;
        set(b, at, &offset, sizeof offset);
        put_string(b, t.fields[0], pairs[i].key);
        put_string(b, t.fields[1], pairs[i].value);
    }
}

// The schema's table behind an offset at `from`.
static void put_schema(struct builder *b, uint32_t from, const struct arrow_pair *pairs, size_t n) {
    enum { ENDIANNESS, COLUMN_LIST, METADATA, FIELDS };
    struct table t = put_table(b, FIELDS, (const uint8_t[FIELDS]){2, 4, 4});
    uint32_t offset = t.at - from;
    set(b, from, &offset, sizeof offset);
    uint32_t at = put_vector(b, t.fields[COLUMN_LIST], COLUMNS, 4);
    for (size_t i = 0; i < COLUMNS; i++)
        put_field(b, at + 4 * (uint32_t)i, &columns[i]);
    put_pairs(b, t.fields[METADATA], pairs, n);
}

// ---- messages

enum { PREFIX = 8 }; // 0xffffffff, bytes of metadata

// A message up to its header's offset, which is returned.
static uint32_t begin_message(struct builder *b, uint8_t type, uint64_t body) {
    enum { VERSION, HEADER_TYPE, HEADER, BODY_LENGTH, FIELDS };
    append(b, "\xff\xff\xff\xff\0\0\0", PREFIX);
    b->start = b->out->length;
    append(b, "\0\0\0", 4); // the root
    struct table t = put_table(b, FIELDS, (const uint8_t[FIELDS]){2, 1, 4, 8});
    set(b, 0, &t.at, sizeof t.at);
    set_i16(b, t.fields[VERSION], V5);
    set_u8(b, t.fields[HEADER_TYPE], type);
    set_i64(b, t.fields[BODY_LENGTH], (int64_t)body);
    return t.fields[HEADER];
}

// Returns its bytes, prefix included.
static uint32_t end_message(struct builder *b) {
    align(b, 0, 8);
    uint32_t bytes = here(b);
    if (b->status == HM_OK) memcpy(b->out->data + b->start - 4, &bytes, sizeof bytes);
    return bytes + PREFIX;
}

enum hm_status arrow_schema(struct hm_buf *out, const struct arrow_pair *pairs, size_t n,
                            struct hm_error *err) {
    struct builder b = {.out = out, .err = err};
    uint32_t header = begin_message(&b, SCHEMA, 0);
    put_schema(&b, header, pairs, n);
    end_message(&b);
    return b.status;
}

// ---- record batches

static const char *text_of(const struct arrow_row *row, size_t column, size_t *length) {
    const char *text = column == 0 ? row->key : column == 1 ? row->sha256 : row->error;
    *length = column == 0 ? row->key_length : text ? strlen(text) : 0;
    return text;
}

// What a column's validity and offsets are made of.
struct layout {
    int64_t nulls, bytes; // of its texts
};

static struct layout lay_out(const struct arrow_row *rows, size_t n, size_t column) {
    struct layout l = {0};
    for (size_t i = 0; i < n; i++) {
        size_t length = 0;
        bool there = columns[column].type == UTF8 ? text_of(&rows[i], column, &length) != NULL
                                                  : rows[i].vector != NULL;
        l.nulls += !there;
        l.bytes += (int64_t)length;
    }
    return l;
}

enum { BUFFER_ALIGN = 64, BUFFERS = 3 * (COLUMNS - 1) + 3, NODES = COLUMNS + 1 };

// The lengths of a batch's buffers, in order.
static size_t buffer_lengths(const struct layout *layouts, size_t n, int64_t lengths[BUFFERS]) {
    size_t at = 0;
    int64_t bits = (int64_t)(n + 7) / 8, rows = (int64_t)n;
    for (size_t c = 0; c < COLUMNS; c++) {
        lengths[at++] = layouts[c].nulls ? bits : 0;
        if (columns[c].type == UTF8) {
            lengths[at++] = (rows + 1) * 4;
            lengths[at++] = layouts[c].bytes;
        } else {
            lengths[at++] = 0; // of its items none is null
            lengths[at++] = rows * HM_DIM * 4;
        }
    }
    return at;
}

static int64_t padded(int64_t length) {
    return (length + BUFFER_ALIGN - 1) / BUFFER_ALIGN * BUFFER_ALIGN;
}

static void put_validity(struct builder *b, const struct arrow_row *rows, size_t n, size_t column) {
    for (size_t i = 0; i < n; i += 8) {
        uint8_t bits = 0;
        for (size_t j = i; j < n && j < i + 8; j++) {
            size_t length;
            bool there = columns[column].type == UTF8 ? text_of(&rows[j], column, &length) != NULL
                                                      : rows[j].vector != NULL;
            bits |= (uint8_t)(there << (j - i));
        }
        append(b, &bits, 1);
    }
}

static void put_texts(struct builder *b, const struct arrow_row *rows, size_t n, size_t column) {
    int32_t end = 0;
    append(b, &end, sizeof end);
    for (size_t i = 0; i < n; i++) {
        size_t length;
        text_of(&rows[i], column, &length);
        end += (int32_t)length;
        append(b, &end, sizeof end);
    }
    align(b, 0, BUFFER_ALIGN);
    for (size_t i = 0; i < n; i++) {
        size_t length;
        const char *text = text_of(&rows[i], column, &length);
        append(b, text, length);
    }
}

static void put_vectors(struct builder *b, const struct arrow_row *rows, size_t n) {
    static const float zeros[HM_DIM];
    for (size_t i = 0; i < n; i++)
        append(b, rows[i].vector ? rows[i].vector : zeros, sizeof zeros);
}

static void put_body(struct builder *b, const struct arrow_row *rows, size_t n,
                     const struct layout *layouts) {
    b->start = b->out->length;
    for (size_t c = 0; c < COLUMNS; c++) {
        if (layouts[c].nulls) put_validity(b, rows, n, c);
        align(b, 0, BUFFER_ALIGN);
        if (columns[c].type == UTF8)
            put_texts(b, rows, n, c);
        else
            put_vectors(b, rows, n);
        align(b, 0, BUFFER_ALIGN);
    }
}

static void put_nodes(struct builder *b, uint32_t field, const struct layout *layouts, size_t n) {
    uint32_t at = put_vector(b, field, NODES, 16);
    for (size_t c = 0; c < COLUMNS; c++) {
        set_i64(b, at, (int64_t)n);
        set_i64(b, at + 8, layouts[c].nulls);
        at += 16;
        if (!columns[c].child) continue;
        set_i64(b, at, (int64_t)n * HM_DIM);
        at += 16;
    }
}

enum hm_status arrow_batch(struct hm_buf *out, const struct arrow_row *rows, size_t n,
                           struct arrow_block *block, struct hm_error *err) {
    enum { LENGTH, NODE_LIST, BUFFER_LIST, FIELDS };
    struct builder b = {.out = out, .err = err};
    struct layout layouts[COLUMNS];
    int64_t lengths[BUFFERS], body = 0;
    assert(n <= ARROW_ROWS_MAX);
    for (size_t c = 0; c < COLUMNS; c++) {
        layouts[c] = lay_out(rows, n, c);
        if (layouts[c].bytes > INT32_MAX)
            return hm_fail(err, HM_EARG,
                           "%zu rows of Arrow have %lld bytes of text, expected 2 GB "
                           "at most",
                           n, (long long)layouts[c].bytes);
    }
    size_t buffers = buffer_lengths(layouts, n, lengths);
    for (size_t i = 0; i < buffers; i++)
        body += padded(lengths[i]);
    uint32_t header = begin_message(&b, RECORD_BATCH, (uint64_t)body);
    struct table t = put_table(&b, FIELDS, (const uint8_t[FIELDS]){8, 4, 4});
    uint32_t offset = t.at - header;
    set(&b, header, &offset, sizeof offset);
    set_i64(&b, t.fields[LENGTH], (int64_t)n);
    put_nodes(&b, t.fields[NODE_LIST], layouts, n);
    uint32_t at = put_vector(&b, t.fields[BUFFER_LIST], (uint32_t)buffers, 16);
    int64_t begin = 0;
    for (size_t i = 0; i < buffers; i++, at += 16) {
        set_i64(&b, at, begin);
        set_i64(&b, at + 8, lengths[i]);
        begin += padded(lengths[i]);
    }
    uint32_t metadata = end_message(&b);
    put_body(&b, rows, n, layouts);
    if (block)
        *block = (struct arrow_block){.metadata_bytes = metadata, .body_bytes = (uint64_t)body};
    return b.status;
}

// ---- files

enum hm_status arrow_footer(struct hm_buf *out, const struct arrow_pair *pairs, size_t n,
                            const struct arrow_block *blocks, size_t block_count,
                            struct hm_error *err) {
    enum { VERSION, SCHEMA_TABLE, DICTIONARIES, BATCHES, FIELDS };
    struct builder b = {.out = out, .start = out->length, .err = err};
    append(&b, "\0\0\0", 4); // the root
    struct table t = put_table(&b, FIELDS, (const uint8_t[FIELDS]){2, 4, 4, 4});
    set(&b, 0, &t.at, sizeof t.at);
    set_i16(&b, t.fields[VERSION], V5);
    put_schema(&b, t.fields[SCHEMA_TABLE], pairs, n);
    put_vector(&b, t.fields[DICTIONARIES], 0, 24);
    uint32_t at = put_vector(&b, t.fields[BATCHES], (uint32_t)block_count, 24);
    for (size_t i = 0; i < block_count; i++, at += 24) {
        set_i64(&b, at, (int64_t)blocks[i].offset);
        set_i32(&b, at + 8, (int32_t)blocks[i].metadata_bytes);
        set_i64(&b, at + 16, (int64_t)blocks[i].body_bytes);
    }
    uint32_t bytes = here(&b);
    append(&b, &bytes, sizeof bytes);
    append(&b, ARROW_MAGIC, 6);
    return b.status;
}
