// SPDX-License-Identifier: MIT
// Embed photos, then find the one that looks most like a query: everything in memory, no store.
//     nearest WEIGHTS QUERY.jpg PHOTO.jpg...

#include <stdio.h>
#include <stdlib.h>

#include <hmrec/embedder.h>
#include <hmrec/knn.h>

enum { SHOWN = 3 };

/** The photos of `files` as rows of `rows`, f32 [n][HM_DIM]. */
static enum hm_status embed_all(struct hm_embedder *embedder, char **files, size_t n, float *rows,
                                struct hm_error *err) {
    for (size_t i = 0; i < n; i++)
        HM_TRY(hm_embed_file(embedder, files[i], rows + i * HM_DIM, err));
    return HM_OK;
}

/** Row 0 is the query, the others are what it is compared with. */
static enum hm_status show_nearest(char **files, size_t n, const float *rows,
                                   struct hm_error *err) {
    struct hm_neighbour nearest[SHOWN];
    HM_TRY(hm_knn_query(rows, 1, rows + HM_DIM, n - 1, SHOWN, NULL, nearest, NULL, err));
    for (size_t i = 0; i < SHOWN && nearest[i].index != HM_KNN_NONE; i++)
        printf("%.4f  %s\n", (double)nearest[i].score, files[1 + nearest[i].index]);
    return HM_OK;
}

static enum hm_status nearest(const char *weights_file, char **files, size_t n, float *rows,
                              struct hm_error *err) {
    struct hm_weights *weights = NULL;
    struct hm_embedder *embedder = NULL;
    HM_TRY(hm_weights_open(&weights, weights_file, err));
    enum hm_status status = hm_embedder_new(&embedder, weights, NULL, err);
    hm_weights_close(weights); // packed by now
    if (status == HM_OK) status = embed_all(embedder, files, n, rows, err);
    hm_embedder_free(embedder);
    if (status == HM_OK) status = show_nearest(files, n, rows, err);
    return status;
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: nearest WEIGHTS QUERY.jpg PHOTO.jpg...\n");
        return 2;
    }
    struct hm_error err = {0};
    size_t n = (size_t)argc - 2;
    float *rows = malloc(n * HM_DIM * sizeof *rows);
    enum hm_status status = rows ? nearest(argv[1], argv + 2, n, rows, &err)
                                 : hm_fail(&err, HM_ENOMEM, "no memory for %zu photos", n);
    free(rows);
    if (status != HM_OK) fprintf(stderr, "nearest: %s\n", err.text);
    return status == HM_OK ? 0 : 1;
}
