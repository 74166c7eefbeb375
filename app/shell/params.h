// SPDX-License-Identifier: MIT
/** Query parameters by name, kept from one statement to the next; and the JSON that they are given
 *  in. */
#ifndef HM_APP_CYPHER_PARAMS_H
#define HM_APP_CYPHER_PARAMS_H

#include <stddef.h>
#include <stdio.h>

#include "hmrec/bolt.h"
#include "mem.h"

enum { JSON_MAX_DEPTH = 500 };

/** *out = the value of a JSON text; everything in it lives in arena. Whole numbers are INTEGER and
 * exact, those with a point or exponent FLOAT.
 *  errors  HM_EFORMAT: no JSON; HM_EARG: JSON, but a number too large for 64 bits or nested deeper
 * than JSON_MAX_DEPTH; HM_ENOMEM */
HM_WARN_UNUSED enum hm_status json_read(const char *text, size_t length, struct hm_arena *arena,
                                        struct bolt_value *out, struct hm_error *err);

/** Zero-initialise; params_free when done. */
struct params {
    struct param *rows;
    size_t n, capacity;
};

/** Set or replace one.
 *  errors  HM_EARG: a node, relationship or path */
HM_WARN_UNUSED enum hm_status params_set(struct params *params, const char *name,
                                         const struct bolt_value *value, struct hm_error *err);
/** "name=value" (value: JSON if it is, otherwise a string), or '{"name": value, ...}'. */
HM_WARN_UNUSED enum hm_status params_assign(struct params *params, const char *text,
                                            struct hm_error *err);
/** A file with one JSON object; "-": standard input. */
HM_WARN_UNUSED enum hm_status params_read_file(struct params *params, const char *path,
                                               struct hm_error *err);
/** All of them, to be sent; owned by the caller. */
HM_WARN_UNUSED enum hm_status params_make(const struct params *params, struct bolt_params **out,
                                          struct hm_error *err);
/** ":param name => value", a line each. */
void params_print(const struct params *params, FILE *out);
void params_clear(struct params *params);
void params_free(struct params *params);

#endif
