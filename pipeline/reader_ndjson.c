// SPDX-License-Identifier: MIT
// JSON lines: an object with "code" and "embedding" a line, other members passed over.

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hmrec/sizes.h"
#include "readers.h"

enum { LINE_MAX_BYTES = 1 << 20 }; // 2,048 numbers of full precision are 50 KB

struct ndjson_reader {
    struct reader base;
    const char *path; // borrowed
    FILE *file;
    char *line;
    cJSON *object; // of the line that was read last; owned
};

static enum hm_status refuse(const struct ndjson_reader *r, const char *found,
                             struct hm_error *err) {
    return hm_fail(err, HM_EFORMAT,
                   "%s: line %" PRIu64 ": found %s, expected {\"code\": \"...\", \"embedding\": "
                   "[%d numbers]}",
                   r->path, r->base.row, found, HM_DIM);
}

// Whether a text of the line has a NUL in it: cJSON's texts end there.
static bool has_nul(const char *line) {
    for (const char *at = line; (at = strchr(at, '\\')) && at[1]; at += 2)
        if (strncmp(at + 1, "u0000", 5) == 0) return true;
    return false;
}

// A line without its end; blank ones are passed over.
static enum hm_status read_line(struct ndjson_reader *r, bool *end, struct hm_error *err) {
    size_t length;
    do {
        *end = !fgets(r->line, LINE_MAX_BYTES, r->file);
        if (ferror(r->file)) return hm_fail_errno(err, "read %s", r->path);
        if (*end) return HM_OK;
        r->base.row++;
        length = strlen(r->line);
        if (length + 1 == LINE_MAX_BYTES) return refuse(r, "a line of more than 1 MB", err);
        if (r->line[length ? length - 1 : 0] != '\n' && !feof(r->file))
            return refuse(r, "a NUL byte", err);
        if (has_nul(r->line)) return refuse(r, "a NUL in a text", err);
    } while (r->line[strspn(r->line, " \t\r\n")] == '\0');
    return HM_OK;
}

static enum hm_status take_numbers(const struct ndjson_reader *r, const cJSON *list,
                                   float vector[HM_DIM], struct hm_error *err) {
    char found[64];
    int n = cJSON_GetArraySize(list), i = 0;
    snprintf(found, sizeof found, "an embedding of %d numbers", n);
    if (n != HM_DIM) return refuse(r, found, err);
    for (const cJSON *item = list->child; item; item = item->next) {
        if (!cJSON_IsNumber(item)) return refuse(r, "an embedding with another thing in it", err);
        vector[i++] = (float)item->valuedouble;
    }
    return HM_OK;
}

static enum hm_status next_ndjson(struct reader *base, bool *end, float vector[HM_DIM],
                                  struct hm_error *err) {
    struct ndjson_reader *r = (struct ndjson_reader *)base;
    HM_TRY(read_line(r, end, err));
    cJSON_Delete(r->object);
    r->object = NULL;
    if (*end) return HM_OK;
    r->object = cJSON_ParseWithOpts(r->line, NULL, true);
    const cJSON *code = cJSON_GetObjectItemCaseSensitive(r->object, "code");
    const cJSON *embedding = cJSON_GetObjectItemCaseSensitive(r->object, "embedding");
    if (!cJSON_IsObject(r->object)) return refuse(r, "no JSON object", err);
    if (!cJSON_IsString(code)) return refuse(r, "no \"code\" that is a text", err);
    if (!cJSON_IsArray(embedding)) return refuse(r, "no \"embedding\" that is a list", err);
    base->code = code->valuestring;
    base->length = strlen(base->code);
    return take_numbers(r, embedding, vector, err);
}

static enum hm_status rewind_ndjson(struct reader *base, struct hm_error *err) {
    struct ndjson_reader *r = (struct ndjson_reader *)base;
    base->row = 0;
    if (fseeko(r->file, 0, SEEK_SET) == 0) return HM_OK;
    return hm_fail_errno(err, "%s is read twice", r->path);
}

static void close_ndjson(struct reader *base) {
    struct ndjson_reader *r = (struct ndjson_reader *)base;
    if (r->file) fclose(r->file);
    cJSON_Delete(r->object);
    free(r->line);
    free(r);
}

enum hm_status reader_ndjson_open(struct reader **out, const char *path, const char *codes,
                                  struct hm_error *err) {
    if (codes) return hm_fail(err, HM_EARG, "%s has its codes itself: found %s, too", path, codes);
    struct ndjson_reader *r = calloc(1, sizeof *r);
    if (r) r->line = malloc(LINE_MAX_BYTES);
    if (!r || !r->line) {
        free(r);
        return hm_fail(err, HM_ENOMEM, "no memory to read %s", path);
    }
    r->base = (struct reader){
        .next = next_ndjson, .rewind = rewind_ndjson, .close = close_ndjson, .unit = "line"};
    r->path = path;
    r->file = fopen(path, "rb");
    enum hm_status status =
        r->file ? rewind_ndjson(&r->base, err) : hm_fail_errno(err, "open %s", path);
    if (status == HM_OK)
        *out = &r->base;
    else
        close_ndjson(&r->base);
    return status;
}
