// SPDX-License-Identifier: MIT
/** The three files that hmrec load reads: which columns fill which fields of store.h's rows. */
#ifndef HM_PIPELINE_LOAD_H
#define HM_PIPELINE_LOAD_H

#include "csv_reader.h"
#include "hmrec/pipeline.h"
#include "mem.h"

enum { LOAD_MAX_FIELDS = 24 };

/** Where each field's columns are in a file at hand. */
struct load_map {
    enum hm_load_kind kind;
    int columns[LOAD_MAX_FIELDS][2]; // -1: not in this file
};

/** Bytes of a struct hm_store_article, hm_store_customer or hm_store_purchase. */
size_t load_row_bytes(enum hm_load_kind kind);

/** Find the columns by the names in the header. Names of columns that are not there, but may be
 *  missing, are appended to missing, ", " between them.
 *  errors  HM_EFORMAT: a column that the file must have */
HM_WARN_UNUSED enum hm_status load_map_columns(struct load_map *map, enum hm_load_kind kind,
                                               const struct csv_reader *reader, const char *path,
                                               struct hm_buf *missing, struct hm_error *err);

/** row = the fields of a line. Its strings lie in the arena.
 *  errors  HM_EFORMAT (column, found, expected), HM_ENOMEM */
HM_WARN_UNUSED enum hm_status load_parse(const struct load_map *map, const struct csv_row *fields,
                                         struct hm_arena *arena, void *row, struct hm_error *err);

/** Where such a row has its product's code; NULL: rows of this kind have none. */
const char **load_code_of(enum hm_load_kind kind, void *row);
/** Where it has what the codes of a product's colours begin with, itself NULL where the row does
 *  not say; NULL: rows of this kind have none. */
const char **load_product_of(enum hm_load_kind kind, void *row);

/** Put n such rows into the store. */
HM_WARN_UNUSED enum hm_status load_put(struct hm_store *store, enum hm_load_kind kind,
                                       const void *rows, size_t n, const struct hm_store_mark *mark,
                                       struct hm_error *err);

/** Append the header line of articles.csv. */
HM_WARN_UNUSED enum hm_status load_put_article_head(struct hm_buf *out, struct hm_error *err);
/** Append a line of it, as hm_load reads it. */
HM_WARN_UNUSED enum hm_status
load_put_article(struct hm_buf *out, const struct hm_store_article *article, struct hm_error *err);

#endif
