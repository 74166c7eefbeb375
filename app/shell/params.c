// SPDX-License-Identifier: MIT
// Parameters are kept in the form in which they are sent, and as text for those who list them.

#include "shell/params.h"

#include <stdlib.h>
#include <string.h>

#include "shell/render.h"

struct param {
    char *name, *shown, *expression; // shown: the name as :param takes it
    struct bolt_params *entry;       // a map with this parameter alone
};

static void drop(struct param *param) {
    free(param->name);
    free(param->shown);
    free(param->expression);
    bolt_params_free(param->entry);
}

static enum hm_status no_memory(struct hm_error *err) {
    return hm_fail(err, HM_ENOMEM, "no memory for a parameter");
}

static enum hm_status make(struct param *param, const char *name, const struct bolt_value *value,
                           struct hm_error *err) {
    struct render expression = {0}, shown = {0};
    *param = (struct param){.name = strdup(name), .entry = bolt_params_new()};
    render_name(&shown, name, strlen(name));
    render_bytes(&shown, "", 1); // NUL
    render_expression(&expression, value, 1);
    render_bytes(&expression, "", 1);
    param->shown = shown.text.data;
    param->expression = expression.text.data;
    if (!param->name || !param->entry || expression.error.status != HM_OK ||
        shown.error.status != HM_OK)
        return no_memory(err);
    bolt_put_value(param->entry, name, value);
    return bolt_params_status(param->entry, err);
}

static struct param *find_param(const struct params *params, const char *name) {
    for (size_t i = 0; i < params->n; i++)
        if (strcmp(params->rows[i].name, name) == 0) return &params->rows[i];
    return NULL;
}

enum hm_status params_set(struct params *params, const char *name, const struct bolt_value *value,
                          struct hm_error *err) {
    HM_TRY(hm_grow(&params->rows, &params->capacity, params->n + 1, sizeof *params->rows, err));
    struct param param;
    enum hm_status status = make(&param, name, value, err);
    if (status != HM_OK) {
        drop(&param);
        return status;
    }
    struct param *old = find_param(params, name);
    if (old) drop(old);
    *(old ? old : &params->rows[params->n++]) = param;
    return HM_OK;
}

enum hm_status params_set_all(struct params *params, const struct bolt_value *map,
                              struct hm_error *err) {
    if (map->type != BOLT_MAP)
        return hm_fail(err, HM_EFORMAT,
                       "found %s, expected a JSON object (a map) with a key a parameter",
                       bolt_type_name(map->type));
    for (uint32_t i = 0; i < map->length; i++)
        HM_TRY(params_set(params, map->as.entries[i].key, &map->as.entries[i].value, err));
    return HM_OK;
}

enum hm_status params_read_file(struct params *params, const char *path, struct hm_error *err) {
    struct hm_arena arena = {0};
    struct hm_buf text = {0};
    struct bolt_value map;
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rb");
    if (!file) return hm_fail_errno(err, "%s", path);
    enum hm_status status;
    do {
        enum { BLOCK = 64 * 1024 };
        status = hm_buf_reserve(&text, BLOCK, err);
        if (status == HM_OK) text.length += fread(text.data + text.length, 1, BLOCK, file);
    } while (status == HM_OK && !feof(file) && !ferror(file));
    if (status == HM_OK && ferror(file)) status = hm_fail_errno(err, "%s", path);
    if (!standard) fclose(file);
    if (status == HM_OK) {
        size_t mark = text.length >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        status = json_read(text.data + mark, text.length - mark, &arena, &map, err);
        if (status == HM_OK) status = params_set_all(params, &map, err);
        if (status != HM_OK) hm_error_prefix(err, "%s", path);
    }
    hm_buf_free(&text);
    hm_arena_free(&arena);
    return status;
}

enum hm_status params_make(const struct params *params, struct bolt_params **out,
                           struct hm_error *err) {
    *out = bolt_params_new();
    if (!*out) return no_memory(err);
    for (size_t i = 0; i < params->n; i++)
        bolt_params_add_all(*out, params->rows[i].entry);
    return HM_OK; // whoever sends them looks at their status
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const struct param *)a)->name, ((const struct param *)b)->name);
}

void params_print(struct params *params, FILE *out) {
    if (params->n) qsort(params->rows, params->n, sizeof *params->rows, compare_names);
    fputs("{", out);
    for (size_t i = 0; i < params->n; i++)
        fprintf(out, "%s\n  %s: %s", i ? "," : "", params->rows[i].shown,
                params->rows[i].expression);
    fputs("\n}\n", out);
}

const char *params_name(const struct params *params, size_t i) {
    return i < params->n ? params->rows[i].name : NULL;
}

void params_clear(struct params *params) {
    for (size_t i = 0; i < params->n; i++)
        drop(&params->rows[i]);
    params->n = 0;
}

void params_free(struct params *params) {
    params_clear(params);
    free(params->rows);
    *params = (struct params){0};
}
