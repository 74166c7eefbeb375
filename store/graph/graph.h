// SPDX-License-Identifier: MIT
/** What a store holds as the tables of a property graph: a table for each label and type of
 *  relationship, with the names and types that cypher/ gives them. What writes files of them knows
 *  no label of its own. */
#ifndef HM_STORE_GRAPH_H
#define HM_STORE_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmrec/store.h"

enum store_cell_type {
    STORE_ID, // of a node among those of its label; no property
    STORE_START,
    STORE_END, // of a relationship: ids
    STORE_TEXT,
    STORE_INTEGER,
    STORE_FLOAT,
    STORE_BOOLEAN,
    STORE_DATE,  // as text, "2018-09-20"
    STORE_VECTOR // f32[HM_DIM], every number finite
};

struct store_column {
    const char *name; // of the property; "": none; NULL: behind the last column
    enum store_cell_type type;
};

enum { STORE_GRAPH_COLUMNS = 16 }; // most of a table

struct store_table {
    const char *file;        // a noun in the plural that no other table has: "product_types"
    const char *name;        // label, or type of relationship
    const char *start, *end; // labels that a relationship joins; NULL: nodes
    struct store_column columns[STORE_GRAPH_COLUMNS + 1];
};

/** The value of a column: of its type, or null. */
struct store_cell {
    bool null;
    const char *text; // of texts and dates, UTF-8, `length` bytes; of an id: NULL where it is whole
    size_t length;
    int64_t whole; // of ids, integers and booleans
    double real;
    const float *vector;
};

/** Every table comes once, nodes before relationships, and then its rows. */
struct store_graph_reader {
    void *context;
    enum hm_status (*table)(void *context, const struct store_table *table, struct hm_error *err);
    enum hm_status (*row)(void *context, const struct store_cell *cells, struct hm_error *err);
};

/** The tables of every graph; *n of them. */
const struct store_table *const *store_graph_tables(size_t *n);

/** All of a store as it is at one moment, whatever others write meanwhile.
 *  reader  cells are borrowed until `row` returns
 *  errors  HM_EUNSUPPORTED (the store is a server, and has the graph itself), HM_EFORMAT (a value
 *          of another type than its column's), the reader's, the store's */
HM_WARN_UNUSED enum hm_status store_graph_read(struct hm_store *store,
                                               const struct store_graph_reader *reader,
                                               struct hm_error *err);

/** Until it is closed, the store remembers of the articles that are put every group of a product
 *  type, section of a department and group of an index, as a graph does, not the last one alone.
 *  errors  HM_EUNSUPPORTED, the store's */
HM_WARN_UNUSED enum hm_status store_graph_keep_links(struct hm_store *store, struct hm_error *err);

#endif
