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
/** Set or replace those that are the entries of a map.
 *  errors  HM_EFORMAT: it is none */
HM_WARN_UNUSED enum hm_status params_set_all(struct params *params, const struct bolt_value *map,
                                             struct hm_error *err);
/** What of an assignment only the server can compute. */
struct param_rest {
    char *name;             // owned by the caller; NULL: the expression is a map of parameters
    const char *expression; // inside the text that was given; NULL: all is done
};
/** cypher-shell's forms: "name => expression", "{name: expression, ...}", the older
 *  "name: expression" and "name expression"; and "name=value", where a value that is no JSON is a
 *  string. Names may stand in backticks. JSON is set here, all else is left to *rest. (assign.c)
 *  errors  HM_EARG: none of these, no UTF-8, or a number too large */
HM_WARN_UNUSED enum hm_status params_assign(struct params *params, const char *text,
                                            struct param_rest *rest, struct hm_error *err);
/** A file with one JSON object; "-": standard input. */
HM_WARN_UNUSED enum hm_status params_read_file(struct params *params, const char *path,
                                               struct hm_error *err);
/** All of them, to be sent; owned by the caller. */
HM_WARN_UNUSED enum hm_status params_make(const struct params *params, struct bolt_params **out,
                                          struct hm_error *err);
/** A map that :param takes, sorted by name. */
void params_print(struct params *params, FILE *out);
/** The name of the i-th; NULL behind the last. Borrowed. */
const char *params_name(const struct params *params, size_t i);
void params_clear(struct params *params);
void params_free(struct params *params);

#endif
