// SPDX-License-Identifier: MIT
// The reader's distrust: everything that a safetensors file says is checked here, before a value is
// read. weights/README.md has the byte table. Order: length of the header, its text, its JSON, each
// entry alone, all entries together (duplicates, gaps, overlaps), and last the entries against the
// table of the network. The writer is save.c.

#include "inside.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { LENGTH_BYTES = 8, RANK_MAX = 8, NAME_TEXT = 96 };

struct entry {
    const char *name;    // borrowed from the JSON tree
    uint64_t begin, end; // bytes, counted from the end of the header
    size_t rank;
    size_t shape[RANK_MAX];
};

struct header {
    struct entry *entries; // owned
    size_t count;
    uint64_t data_bytes;
    const unsigned char *data;
    char *model; // metadata, owned; NULL or "" where it names none
};

// A name from the file, fit for a terminal: control characters replaced, cut when long.
static const char *shown(const char *name, char text[NAME_TEXT]) {
    snprintf(text, NAME_TEXT, "%s", name);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
    return text;
}

// A whole number that a double holds exactly.
static bool whole_number(const cJSON *item, uint64_t *out) {
    const double limit = 9007199254740992.0; // 2^53
    if (!cJSON_IsNumber(item)) return false;
    double value = item->valuedouble;
    if (!(value >= 0 && value < limit)) return false;
    *out = (uint64_t)value;
    return (double)*out == value;
}

static enum hm_status read_shape(struct entry *entry, const cJSON *shape, struct hm_error *err) {
    if (!cJSON_IsArray(shape)) return hm_fail(err, HM_EFORMAT, "shape is not an array");
    for (const cJSON *side = shape->child; side; side = side->next) {
        uint64_t value;
        if (entry->rank == RANK_MAX)
            return hm_fail(err, HM_EFORMAT, "shape has more than %d dimensions", RANK_MAX);
        if (!whole_number(side, &value) || value > SIZE_MAX)
            return hm_fail(err, HM_EFORMAT, "shape holds something other than whole numbers");
        entry->shape[entry->rank++] = (size_t)value;
    }
    return HM_OK;
}

static enum hm_status read_offsets(struct entry *entry, const cJSON *offsets,
                                   struct hm_error *err) {
    if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 ||
        !whole_number(offsets->child, &entry->begin) ||
        !whole_number(offsets->child->next, &entry->end) || entry->begin > entry->end)
        return hm_fail(err, HM_EFORMAT,
                       "data_offsets: expected [begin, end], two whole numbers, begin <= end");
    return HM_OK;
}

static enum hm_status check_dtype(const cJSON *dtype, struct hm_error *err) {
    char text[NAME_TEXT];
    if (!cJSON_IsString(dtype)) return hm_fail(err, HM_EFORMAT, "dtype is not a string");
    if (strcmp(dtype->valuestring, "F32") != 0)
        return hm_fail(err, HM_EFORMAT, "found dtype %s, expected F32",
                       shown(dtype->valuestring, text));
    return HM_OK;
}

// {"dtype": "F32", "shape": [..], "data_offsets": [begin, end]}: each of the three once, and
// nothing else.
static enum hm_status read_entry(struct entry *entry, const cJSON *json, struct hm_error *err) {
    char text[NAME_TEXT];
    unsigned seen = 0;
    if (!cJSON_IsObject(json))
        return hm_fail(err, HM_EFORMAT, "expected an object with dtype, shape and data_offsets");
    for (const cJSON *field = json->child; field; field = field->next) {
        unsigned bit;
        if (strcmp(field->string, "dtype") == 0) {
            bit = 1;
            HM_TRY(check_dtype(field, err));
        } else if (strcmp(field->string, "shape") == 0) {
            bit = 2;
            entry->rank = 0;
            HM_TRY(read_shape(entry, field, err));
        } else if (strcmp(field->string, "data_offsets") == 0) {
            bit = 4;
            HM_TRY(read_offsets(entry, field, err));
        } else {
            return hm_fail(err, HM_EFORMAT, "unknown key %s", shown(field->string, text));
        }
        if (seen & bit) return hm_fail(err, HM_EFORMAT, "key %s appears twice", field->string);
        seen |= bit;
    }
    if (seen != 7)
        return hm_fail(err, HM_EFORMAT, "expected dtype, shape and data_offsets, one is missing");
    size_t bytes = sizeof(float);
    for (size_t i = 0; i < entry->rank; i++)
        if (!hm_mul(bytes, entry->shape[i], &bytes))
            return hm_fail(err, HM_EFORMAT, "shape is too large");
    if (entry->end - entry->begin != bytes)
        return hm_fail(err, HM_EFORMAT, "found %llu bytes of data, expected %zu by its shape",
                       (unsigned long long)(entry->end - entry->begin), bytes);
    return HM_OK;
}

static enum hm_status read_metadata(struct hm_weights *w, struct header *header, const cJSON *json,
                                    struct hm_error *err) {
    const struct {
        const char *key;
        char **value;
    } known[] = {
        {"model", &header->model},
        {"source", &w->source},
        {"source_sha256", &w->source_sha256},
        {"random_seed", &w->random_seed},
    };
    if (!cJSON_IsObject(json)) return hm_fail(err, HM_EFORMAT, "expected an object of strings");
    for (const cJSON *field = json->child; field; field = field->next) {
        char text[NAME_TEXT];
        if (!cJSON_IsString(field) || strlen(field->valuestring) > HM_WEIGHTS_METADATA_MAX)
            return hm_fail(err, HM_EFORMAT, "%s: expected a string of at most %d bytes",
                           shown(field->string, text), HM_WEIGHTS_METADATA_MAX);
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            if (strcmp(field->string, known[i].key) != 0) continue;
            if (*known[i].value)
                return hm_fail(err, HM_EFORMAT, "key %s appears twice", known[i].key);
            *known[i].value = strdup(field->valuestring);
            if (!*known[i].value) return hm_fail(err, HM_ENOMEM, "no memory for metadata");
        }
    }
    return HM_OK;
}

// Absent metadata is "".
static enum hm_status finish_metadata(struct hm_weights *w, struct hm_error *err) {
    char **const values[] = {&w->source, &w->source_sha256, &w->random_seed};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (!*values[i] && !(*values[i] = strdup("")))
            return hm_fail(err, HM_ENOMEM, "no memory for metadata");
    return HM_OK;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int by_place(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end); // empty tensors first
}

// The format allows neither gaps nor overlaps nor names used twice, and the data ends where the
// file does.
static enum hm_status check_layout(struct header *header, struct hm_error *err) {
    char text[NAME_TEXT];
    struct entry *entries = header->entries;
    qsort(entries, header->count, sizeof *entries, by_place);
    uint64_t end = 0;
    for (size_t i = 0; i < header->count; end = entries[i++].end) {
        if (entries[i].begin == end) continue;
        return hm_fail(err, HM_EFORMAT, "%s: found its data at byte %llu, expected %llu: %s",
                       shown(entries[i].name, text), (unsigned long long)entries[i].begin,
                       (unsigned long long)end,
                       entries[i].begin < end ? "tensors overlap" : "there is a gap");
    }
    if (end != header->data_bytes)
        return hm_fail(err, HM_EFORMAT, "found %llu bytes of data, expected %llu: %s",
                       (unsigned long long)header->data_bytes, (unsigned long long)end,
                       header->data_bytes < end ? "the file is truncated"
                                                : "there is something behind the last tensor");
    qsort(entries, header->count, sizeof *entries, by_name);
    for (size_t i = 1; i < header->count; i++)
        if (strcmp(entries[i - 1].name, entries[i].name) == 0)
            return hm_fail(err, HM_EFORMAT, "%s: the name appears twice",
                           shown(entries[i].name, text));
    return HM_OK;
}

// The classifier behind avg_pool.
static bool is_ignored(const struct entry *entry) {
    static const char ignored[] = "predictions/";
    return strncmp(entry->name, ignored, sizeof ignored - 1) == 0;
}

// The network that the metadata names, else the one whose number of tensors is nearest: ResNet101V2
// has all layers of ResNet50V2 and more, so that no single tensor tells.
static enum hm_status choose_network(const struct hm_network **out, const struct header *header,
                                     struct hm_error *err) {
    if (header->model && *header->model) {
        char text[NAME_TEXT];
        struct hm_error own;
        if (hm_network_find(out, shown(header->model, text), &own) == HM_OK) return HM_OK;
        return hm_fail(err, HM_EFORMAT, "%s", own.text);
    }
    size_t found = 0, count, nearest = SIZE_MAX;
    for (size_t i = 0; i < header->count; i++)
        found += !is_ignored(&header->entries[i]);
    const struct hm_network *networks = hm_networks(&count);
    for (size_t i = 0; i < count; i++) {
        size_t expected;
        hm_weights_specs(&networks[i], &expected);
        size_t distance = found > expected ? found - expected : expected - found;
        if (distance >= nearest) continue;
        nearest = distance;
        *out = &networks[i];
    }
    return HM_OK;
}

static enum hm_status check_network(struct hm_weights *w, const struct header *header,
                                    struct hm_error *err) {
    char text[NAME_TEXT];
    size_t count;
    const struct hm_weights_spec *specs = hm_weights_specs(w->network, &count);
    for (size_t i = 0; i < header->count; i++) {
        const struct entry *entry = &header->entries[i];
        size_t index = weights_index(w->network, entry->name);
        if (index == count) {
            if (is_ignored(entry)) continue;
            return hm_fail(err, HM_EFORMAT, "found tensor %s, which %s does not have",
                           shown(entry->name, text), w->network->name);
        }
        const struct hm_weights_spec *spec = &specs[index];
        if (entry->rank != spec->rank ||
            memcmp(entry->shape, spec->shape, spec->rank * sizeof *spec->shape) != 0) {
            char found[WEIGHTS_SHAPE_TEXT], expected[WEIGHTS_SHAPE_TEXT];
            weights_shape_text(entry->shape, entry->rank, found);
            weights_shape_text(spec->shape, spec->rank, expected);
            return hm_fail(err, HM_EFORMAT, "%s: found shape %s, expected %s", spec->name, found,
                           expected);
        }
        const void *data = header->data + entry->begin;
        if ((uintptr_t)data % _Alignof(float) != 0)
            return hm_fail(err, HM_EFORMAT, "%s: its data is not aligned to %zu bytes", spec->name,
                           _Alignof(float));
        w->tensors[index] = data;
    }
    for (size_t i = 0; i < count; i++)
        if (!w->tensors[i])
            return hm_fail(err, HM_EFORMAT, "%s: the tensor is missing, expected all of %s",
                           specs[i].name, w->network->name);
    return HM_OK;
}

static enum hm_status read_entries(struct hm_weights *w, struct header *header, const cJSON *root,
                                   struct hm_error *err) {
    char text[NAME_TEXT];
    bool metadata = false;
    for (const cJSON *item = root->child; item; item = item->next) {
        bool is_metadata = strcmp(item->string, "__metadata__") == 0;
        struct entry *entry = &header->entries[header->count];
        if (is_metadata && metadata) return hm_fail(err, HM_EFORMAT, "__metadata__ appears twice");
        enum hm_status status =
            is_metadata ? read_metadata(w, header, item, err) : read_entry(entry, item, err);
        if (status != HM_OK) {
            hm_error_prefix(err, "%s", shown(item->string, text));
            return status;
        }
        metadata |= is_metadata;
        if (is_metadata) continue;
        entry->name = item->string;
        header->count++;
    }
    HM_TRY(finish_metadata(w, err));
    HM_TRY(check_layout(header, err));
    const struct hm_network *network = NULL;
    HM_TRY(choose_network(&network, header, err));
    HM_TRY(weights_set_network(w, network, err));
    return check_network(w, header, err);
}

// What else people may pass for a weights file, by its first bytes.
static const char *hint(const unsigned char *bytes) {
    static const struct {
        const char *magic, *text;
    } kinds[] = {
        {"\x89HDF\r\n\x1a\n", " (this is an HDF5 file: convert it with convert_weights.py)"},
        {"PK\x03\x04", " (this is a zip archive, perhaps a .keras file: convert it with "
                       "convert_weights.py)"},
        {"version ", " (this looks like a Git LFS pointer: fetch the file itself)"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (memcmp(bytes, kinds[i].magic, strlen(kinds[i].magic)) == 0) return kinds[i].text;
    return "";
}

static enum hm_status header_length(const struct hm_weights *w, size_t *length,
                                    struct hm_error *err) {
    if (w->map_bytes < LENGTH_BYTES)
        return hm_fail(err, HM_EFORMAT,
                       "found %zu bytes, expected at least %d: the file is truncated", w->map_bytes,
                       LENGTH_BYTES);
    uint64_t little = 0, big = 0;
    for (unsigned i = 0; i < LENGTH_BYTES; i++) {
        little |= (uint64_t)w->map[i] << 8 * i;
        big = big << 8 | w->map[i];
    }
    if (little > HM_WEIGHTS_HEADER_MAX && big >= 2 && big <= HM_WEIGHTS_HEADER_MAX)
        return hm_fail(err, HM_EFORMAT,
                       "the header's length is big-endian, expected little-endian");
    if (little < 2 || little > HM_WEIGHTS_HEADER_MAX)
        return hm_fail(err, HM_EFORMAT,
                       "found a header of %llu bytes, expected 2 to %d: no safetensors file%s",
                       (unsigned long long)little, HM_WEIGHTS_HEADER_MAX, hint(w->map));
    if (little > w->map_bytes - LENGTH_BYTES)
        return hm_fail(
            err, HM_EFORMAT,
            "found %zu bytes behind the length, expected a header of %llu: the file is truncated",
            w->map_bytes - LENGTH_BYTES, (unsigned long long)little);
    *length = (size_t)little;
    return HM_OK;
}

// The header's JSON tree, to be deleted by the caller. text: length bytes with a NUL behind.
static enum hm_status parse_json(cJSON **root, const char *text, size_t length,
                                 struct hm_error *err) {
    // A NUL or its escape would end a C string early, so that two names could look alike.
    if (memchr(text, '\0', length) || strstr(text, "\\u0000"))
        return hm_fail(err, HM_EFORMAT, "the header holds a NUL character");
    if (text[0] != '{') return hm_fail(err, HM_EFORMAT, "the header does not begin with {");
    const char *end = NULL;
    *root = cJSON_ParseWithLengthOpts(text, length + 1, &end, true);
    if (!*root)
        return hm_fail(err, HM_EFORMAT,
                       "the header is no JSON object, or nested too deeply, near its byte %zu",
                       end ? (size_t)(end - text) : length);
    return HM_OK;
}

enum hm_status weights_parse(struct hm_weights *w, struct hm_error *err) {
    size_t length = 0;
    HM_TRY(header_length(w, &length, err));
    struct header header = {
        .data = w->map + LENGTH_BYTES + length,
        .data_bytes = w->map_bytes - LENGTH_BYTES - length,
    };
    cJSON *root = NULL;
    char *text = malloc(length + 1); // a copy, since the JSON parser wants a NUL behind
    enum hm_status status = HM_OK;
    if (text) {
        memcpy(text, w->map + LENGTH_BYTES, length);
        text[length] = '\0';
        status = parse_json(&root, text, length, err);
    }
    if (status == HM_OK) {
        int items = cJSON_GetArraySize(root);
        header.entries = calloc((size_t)items + 1, sizeof *header.entries);
        status = text && header.entries ? read_entries(w, &header, root, err)
                                        : hm_fail(err, HM_ENOMEM, "no memory for the header");
    }
    free(header.model);
    free(header.entries);
    cJSON_Delete(root);
    free(text);
    return status;
}
