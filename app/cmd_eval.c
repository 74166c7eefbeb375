// SPDX-License-Identifier: MIT
// hmrec eval: how good the stored look-alikes are, as numbers and as a plot.

#include "commands.h"
#include "eval_plot.h"
#include "formats/formats.h"
#include "hmrec/pipeline.h"
#include "resources.h"

// group, products, neighbours, then share and chance of each facet
enum { COLUMNS = 3 + 2 * HM_EVAL_FACETS };

static const struct column columns[COLUMNS] = {{"group", false},
                                               {"products", true},
                                               {"neighbours", true},
                                               {"type", true},
                                               {"type_by_chance", true},
                                               {"colour", true},
                                               {"colour_by_chance", true},
                                               {"appearance", true},
                                               {"appearance_by_chance", true}};

static enum hm_status write_row(struct writer *writer, const struct hm_eval_row *row,
                                unsigned format, struct hm_error *err) {
    char texts[COLUMNS][32];
    const char *cells[COLUMNS] = {row->group, texts[1], texts[2]};
    snprintf(texts[1], sizeof texts[1], "%zu", row->products);
    snprintf(texts[2], sizeof texts[2], "%zu", row->neighbours);
    for (size_t f = 0; f < HM_EVAL_FACETS; f++) {
        const struct hm_eval_share *s = &row->facets[f];
        double shares[2] = {(double)s->same / (double)s->pairs, s->chance};
        for (size_t i = 0; i < 2 && s->pairs; i++) { // no pairs: nothing known, NULL
            size_t at = 3 + 2 * f + i;
            snprintf(texts[at], sizeof texts[at], format_is_exact(format) ? "%.9g" : "%.4f",
                     shares[i]);
            cells[at] = texts[at];
        }
    }
    return writer_add(writer, cells, err);
}

static enum hm_status write_eval(const struct hm_eval *eval, unsigned format,
                                 struct hm_error *err) {
    struct writer_options options = {.format = format, .columns = columns, .n = COLUMNS};
    struct writer *writer;
    HM_TRY(writer_new(&writer, &options, stdout, err));
    enum hm_status status = write_row(writer, &eval->all, format, err);
    for (size_t i = 0; i < eval->n && status == HM_OK; i++)
        status = write_row(writer, &eval->groups[i], format, err);
    if (status == HM_OK) status = writer_end(writer, true, err);
    writer_free(writer);
    return status;
}

int cmd_eval(const struct app_command *self, int argc, char **argv) {
    const char *store_uri = NULL, *graph_uri = NULL, *plot = NULL;
    struct app_pick format = {.list = format_choices(), .value = FORMAT_TABLE};
    const struct app_option options[] = {
        {"store", 's', APP_TEXT, "URI",
         "products and neighbours; default $NEO4J_URI, else hmrec.db", &store_uri},
        {"graph", 'g', APP_TEXT, "URI", "another store that has the catalogue", &graph_uri},
        FORMAT_OPTION(&format),
        {"output", 'o', APP_TEXT, "FILE.svg", "also as a plot", &plot},
        APP_SERVER_OPTIONS,
        {0},
    };
    int first, code = app_parse(self, options, argc, argv, &first);
    if (code != APP_CONTINUE) return code;
    if (first < argc) return app_usage(self, "\"%s\" is not an option", argv[first]);
    if (plot && !app_ends_in(self, "output", plot, ".svg")) return APP_USAGE;
    struct hm_error err;
    struct hm_store *store = NULL, *graph = NULL;
    struct hm_eval eval = {0};
    enum hm_status status = app_read_store(&store, store_uri, &err);
    if (status == HM_OK && graph_uri) status = app_read_store(&graph, graph_uri, &err);
    if (status == HM_OK)
        status = hm_eval_measure(&eval, store, graph ? graph : store, app_host(), &err);
    if (status == HM_OK) status = write_eval(&eval, format.value, &err);
    if (status == HM_OK && plot) status = app_eval_plot(&eval, plot, &err);
    hm_eval_free(&eval);
    hm_store_close(&graph);
    hm_store_close(&store);
    return status == HM_OK ? APP_OK : app_complain(&err);
}
