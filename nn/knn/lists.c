// SPDX-License-Identifier: MIT
#include "knn/lists.h"

#include <stdlib.h>

#include "mem.h"

static bool better(struct hm_neighbour a, struct hm_neighbour b) {
    return a.score > b.score || (a.score == b.score && a.index < b.index);
}

static void sift_down(struct hm_neighbour *heap, size_t n, struct hm_neighbour x) {
    size_t at = 0;
    for (size_t child = 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && better(heap[child], heap[child + 1])) child++;
        if (better(heap[child], x)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = x;
}

void nn_offer(struct nn_lists *lists, size_t row, uint32_t index, float score) {
    struct hm_neighbour x = {index, score}, *heap = lists->entries + row * lists->k;
    if (lists->counts[row] < lists->k) {
        size_t at = lists->counts[row]++;
        for (; at && better(heap[(at - 1) / 2], x); at = (at - 1) / 2)
            heap[at] = heap[(at - 1) / 2];
        heap[at] = x;
    } else if (better(x, heap[0])) {
        sift_down(heap, lists->k, x);
    }
    if (lists->counts[row] == lists->k && heap[0].score > lists->limits[row])
        lists->limits[row] = heap[0].score;
}

void nn_lists_finish(struct nn_lists *lists, size_t row) {
    struct hm_neighbour *heap = lists->entries + row * lists->k;
    size_t count = lists->counts[row];
    for (size_t n = count; n > 1; n--) {
        struct hm_neighbour last = heap[n - 1];
        heap[n - 1] = heap[0];
        sift_down(heap, n - 1, last);
    }
    for (size_t i = count; i < lists->k; i++)
        heap[i] = (struct hm_neighbour){HM_KNN_NONE, 0};
}

bool nn_lists_new(struct nn_lists *lists, size_t rows, size_t k, struct hm_neighbour *entries) {
    size_t size;
    lists->k = k;
    lists->entries = entries;
    if (!entries && hm_mul(rows, k, &size)) lists->entries = calloc(size, sizeof *entries);
    lists->counts = calloc(rows, sizeof *lists->counts);
    lists->limits = calloc(rows, sizeof *lists->limits);
    return lists->entries && lists->counts && lists->limits;
}

void nn_lists_free(struct nn_lists *lists, bool own) {
    if (own) free(lists->entries);
    free(lists->counts);
    free(lists->limits);
}
