// SPDX-License-Identifier: MIT
// "name => value" and its kin: what is JSON is known at once, anything else is for the server to
// compute.

#include <ctype.h>
#include <string.h>

#include "shell/params.h"
#include "utf8.h"

struct reader {
    const char *at;
    struct hm_arena arena;
};

static void skip_blanks(struct reader *r) {
    r->at += strspn(r->at, " \t\r\n\f");
}

static enum hm_status not_understood(const char *text, struct hm_error *err) {
    return hm_fail(err, HM_EARG,
                   "found \"%s\", expected name => expression, {name: expression}, or name=value; "
                   "an odd `name` in backticks",
                   text);
}

/** `...`, in which `` is a backtick. */
static char *read_quoted(struct reader *r) {
    char *name = hm_arena_copy(&r->arena, r->at, strlen(r->at)), *to = name;
    if (!name) return NULL;
    for (r->at++; *r->at; *to++ = *r->at++) {
        if (*r->at != '`') continue;
        r->at++;
        if (*r->at != '`') break;
    }
    bool closed = r->at[-1] == '`';
    *to = '\0';
    return closed ? name : strcpy(name, "");
}

/** A parameter's name, as behind a "$"; "": there is none. */
static enum hm_status read_name(struct reader *r, char **name, struct hm_error *err) {
    size_t length = 0;
    if (*r->at == '`') {
        *name = read_quoted(r);
    } else {
        while (isalnum((unsigned char)r->at[length]) || r->at[length] == '_' ||
               (unsigned char)r->at[length] >= 0x80)
            length++;
        *name = hm_arena_copy(&r->arena, r->at, length);
        r->at += length;
    }
    return *name ? HM_OK : hm_fail(err, HM_ENOMEM, "no memory for a parameter");
}

/** Pass over what stands between name and value; *text: that need not be an expression. */
static bool read_sign(struct reader *r, bool *text) {
    const char *behind_name = r->at;
    skip_blanks(r);
    *text = false;
    if (r->at[0] == '=' && r->at[1] == '>') {
        r->at += 2;
    } else if (*r->at == '=') {
        r->at++;
        *text = true;
        return true;
    } else if (*r->at == ':') {
        r->at++;
    } else if (r->at == behind_name) {
        return false;
    }
    skip_blanks(r);
    return *r->at != '\0';
}

static enum hm_status assign(struct params *params, const char *text, struct reader *r,
                             struct param_rest *rest, struct hm_error *err) {
    struct bolt_value value;
    char *name = NULL;
    bool is_text = false, map;
    skip_blanks(r);
    map = *r->at == '{';
    if (!map) {
        HM_TRY(read_name(r, &name, err));
        if (!*name || !read_sign(r, &is_text)) return not_understood(text, err);
    }
    enum hm_status status = json_read(r->at, strlen(r->at), &r->arena, &value, err);
    if (status == HM_OK)
        return map ? params_set_all(params, &value, err) : params_set(params, name, &value, err);
    if (status != HM_EFORMAT) return status;
    if (is_text) {
        value = (struct bolt_value){
            .type = BOLT_STRING, .length = (uint32_t)strlen(r->at), .as.string = r->at};
        return params_set(params, name, &value, err);
    }
    rest->expression = r->at;
    rest->name = name ? strdup(name) : NULL;
    return name && !rest->name ? hm_fail(err, HM_ENOMEM, "no memory for a parameter") : HM_OK;
}

enum hm_status params_assign(struct params *params, const char *text, struct param_rest *rest,
                             struct hm_error *err) {
    struct reader r = {.at = text};
    size_t length = strlen(text), good = hm_utf8_check(text, length);
    *rest = (struct param_rest){0};
    if (good < length)
        return hm_fail(err, HM_EARG, "found the byte 0x%02x in a parameter, expected UTF-8",
                       (unsigned char)text[good]);
    enum hm_status status = assign(params, text, &r, rest, err);
    hm_arena_free(&r.arena);
    return status;
}
