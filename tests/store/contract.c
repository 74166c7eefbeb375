// SPDX-License-Identifier: MIT
// What every kind of store must do: what goes in comes out, models are not mixed, neighbours are
// replaced product by product, what is loaded twice counts once.

#include "contract.h"

#include <string.h>

#include "contract_parts.h"
#include "digest.h"
#include "suite.h"

static const struct contract *kind;
struct hm_store *store;
struct hm_error err;

static void setup(void) {
    kind->make();
    store = kind->open();
}

static void teardown(void) {
    hm_store_close(&store);
    kind->remove();
}

static float vector_of[3][HM_DIM];
static const char *const digests[] = {"d0", "d1", "d2"};

void put(const char *code, int which) {
    for (int i = 0; i < HM_DIM; i++)
        vector_of[which][i] = (float)(which + 1) / (float)(i + 1);
    struct hm_store_embedding row = {.source = {code, digests[which], 1000u + (unsigned)which, 5},
                                     .vector = vector_of[which]};
    OK(hm_store_put_embeddings(store, &row, 1, &err));
}

void put_articles(void) {
    static const struct hm_store_article articles[] = {
        {.code = "0900", .name = "Strap top"},
        {.code = "0050",
         .product_code = "005",
         .name = "Vest",
         .product_group = "Upper body",
         .product_type = {253, "Vest top"},
         .department = {1, "Basic"},
         .section = {16, "Basics"},
         .index_code = "A",
         .index_name = "Ladieswear",
         .index_group = {1, "Ladies"},
         .garment_group = {1002, "Jersey"},
         .appearance = {1010016, "Solid"},
         .colour_group = {9, "Black"},
         .colour_value = {4, "Dark"},
         .colour_master = {5, "Black"}},
    };
    OK(hm_store_put_articles(store, articles, 2, NULL, &err));
}

enum hm_status list(void *context, const struct hm_store_neighbours *row, struct hm_error *e) {
    struct lists *lists = context;
    (void)e;
    size_t used = strlen(lists->text);
    used += (size_t)snprintf(lists->text + used, sizeof lists->text - used, "%s:", row->code);
    for (size_t i = 0; i < row->n; i++)
        used += (size_t)snprintf(lists->text + used, sizeof lists->text - used, " %s=%.2f",
                                 row->codes[i], (double)row->scores[i]);
    snprintf(lists->text + used, sizeof lists->text - used, "; ");
    return HM_OK;
}

struct hm_store_knn_state state_of(void) {
    struct hm_store_knn_state state;
    OK(hm_store_get_knn_state(store, &state, &err));
    return state;
}

struct seen {
    char codes[16][HM_STORE_CODE_MAX + 1];
    char digests[16][HM_DIGEST_HEX + 1];
    uint64_t bytes[16];
    int64_t revisions[16];
    float first[16];
    size_t n;
};

static enum hm_status see(void *context, const struct hm_store_embedding *row, struct hm_error *e) {
    struct seen *seen = context;
    if (seen->n == 16) return hm_fail(e, HM_EARG, "too many rows");
    snprintf(seen->codes[seen->n], sizeof seen->codes[0], "%s", row->source.code);
    snprintf(seen->digests[seen->n], sizeof seen->digests[0], "%s", row->source.image_digest);
    seen->bytes[seen->n] = row->source.image_bytes;
    seen->revisions[seen->n] = row->revision;
    seen->first[seen->n++] = row->vector[0];
    return HM_OK;
}

static enum hm_status see_source(void *context, const struct hm_store_source *source,
                                 struct hm_error *e) {
    float none[HM_DIM] = {0};
    struct hm_store_embedding row = {.source = *source, .vector = none};
    return see(context, &row, e);
}

START_TEST(embeddings_come_back_in_order) {
    struct seen seen = {0};
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0200", 1);
    put("0100", 0);
    hm_store_close(&store);
    store = kind->open();
    OK(hm_store_each_embedding(store, see, &seen, &err));
    ck_assert_uint_eq(seen.n, 2);
    ck_assert_str_eq(seen.codes[0], "0100");
    ck_assert_str_eq(seen.codes[1], "0200");
    ck_assert_str_eq(seen.digests[1], "d1");
    ck_assert_uint_eq(seen.bytes[1], 1001);
    ck_assert_int_gt(seen.revisions[0], seen.revisions[1]); // put later
    float vector[HM_DIM];
    OK(hm_store_get_embedding(store, "0200", vector, &err));
    ck_assert_mem_eq(vector, vector_of[1], sizeof vector);
    ck_assert_int_eq(hm_store_get_embedding(store, "0300", vector, &err), HM_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "0300"));
}
END_TEST

START_TEST(touching_keeps_vector_and_revision) {
    struct seen seen = {0};
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0100", 0);
    struct hm_store_embedding touched = {.source = {"0100", "d0", 77, 6}};
    OK(hm_store_put_embeddings(store, &touched, 1, &err));
    OK(hm_store_each_embedding(store, see, &seen, &err));
    ck_assert_uint_eq(seen.n, 1);
    ck_assert_uint_eq(seen.bytes[0], 77);
    ck_assert_int_eq(seen.revisions[0], 1);
    ck_assert_float_eq(seen.first[0], 1);
}
END_TEST

START_TEST(models_are_not_mixed) {
    struct seen seen = {0};
    char model[HM_STORE_MODEL_MAX + 1];
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0100", 0);
    put("0200", 1);
    ck_assert_int_eq(hm_store_use_model(store, "model B", false, &err), HM_ECONFLICT);
    ck_assert_ptr_nonnull(strstr(err.text, "--again"));
    OK(hm_store_use_model(store, "model A", false, &err));
    OK(hm_store_use_model(store, "model B", true, &err));
    OK(hm_store_model(store, model, &err));
    ck_assert_str_eq(model, "model A"); // nothing of B has been put yet
    put("0200", 2);
    OK(hm_store_each_embedding(store, see, &seen, &err));
    ck_assert_uint_eq(seen.n, 1); // A's 0100 is out of sight
    ck_assert_str_eq(seen.digests[0], "d2");
    OK(hm_store_model(store, model, &err));
    ck_assert_str_eq(model, "model B");
    float vector[HM_DIM];
    ck_assert_int_eq(hm_store_get_embedding(store, "0100", vector, &err), HM_ENOTFOUND);
    struct seen sources = {0};
    OK(hm_store_each_source(store, see_source, &sources, &err));
    ck_assert_uint_eq(sources.n, 1);
}
END_TEST

START_TEST(a_second_process_cannot_change_the_model_unseen) {
    OK(hm_store_use_model(store, "model A", false, &err));
    struct hm_store *other = kind->open();
    OK(hm_store_use_model(other, "model B", false, &err)); // nothing of A has been put yet
    struct hm_store_embedding row = {.source = {"0100", "d0", 1, 1}, .vector = vector_of[0]};
    OK(hm_store_put_embeddings(other, &row, 1, &err));
    hm_store_close(&other);
    row.source.code = "0200";
    ck_assert_int_eq(hm_store_put_embeddings(store, &row, 1, &err), HM_ECONFLICT);
    struct hm_store_counts counts;
    OK(hm_store_count(store, &counts, &err));
    ck_assert_uint_eq(counts.products, 1);
}
END_TEST

START_TEST(a_store_without_embeddings_is_free) {
    char model[HM_STORE_MODEL_MAX + 1];
    OK(hm_store_use_model(store, "model A", false, &err));
    OK(hm_store_model(store, model, &err));
    ck_assert_str_eq(model, "");
    hm_store_close(&store);
    store = kind->open();
    OK(hm_store_use_model(store, "model B", false, &err));
    put("0100", 0);
    OK(hm_store_model(store, model, &err));
    ck_assert_str_eq(model, "model B");
    // Two names that differ behind the digest only are told apart.
    static const char digest[] = "03a9661169b45b046046876b350c8d321136d3de6002b44a489b6adf81ff76ef";
    char label[HM_STORE_MODEL_LABEL], bf16[HM_STORE_MODEL_MAX + 1];
    snprintf(bf16, sizeof bf16, "%s:bf16", digest);
    hm_store_model_label(bf16, label);
    ck_assert_str_eq(label, "03a9661169b4:bf16");
    hm_store_model_label(digest, label);
    ck_assert_str_eq(label, "03a9661169b4");
    // Another's model has a name of its own.
    hm_store_model_label("openai/clip-vit-large-patch14", label);
    ck_assert_str_eq(label, "openai/clip-vit-large-patch14");
}
END_TEST

START_TEST(missing_pictures_get_zero_vectors) {
    size_t count = 0;
    put_articles();
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0100", 0);
    OK(hm_store_fill_missing(store, &count, &err));
    ck_assert_uint_eq(count, 2);
    float vector[HM_DIM];
    OK(hm_store_get_embedding(store, "0900", vector, &err));
    for (int i = 0; i < HM_DIM; i++)
        ck_assert_float_eq(vector[i], 0);
    OK(hm_store_get_embedding(store, "0100", vector, &err));
    ck_assert_float_eq(vector[0], 1);
    OK(hm_store_fill_missing(store, &count, &err));
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(neighbours_are_replaced_product_by_product) {
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0100", 0);
    put("0200", 1);
    put("0300", 2);
    const char *const of_1[] = {"0300", "0200"}, *const of_2[] = {"0100"};
    const float scores[] = {0.75f, 0.5f};
    struct hm_store_neighbours rows[] = {{"0100", 2, of_1, scores}, {"0200", 1, of_2, scores}};
    struct hm_store_knn_state state = {.revision = 3, .products = 3, .k = 2}, read;
    OK(hm_store_put_neighbours(store, &rows[0], 1, NULL, &err));
    OK(hm_store_put_neighbours(store, &rows[1], 1, &state, &err));
    struct lists lists = {""};
    OK(hm_store_each_neighbours(store, list, &lists, &err));
    ck_assert_str_eq(lists.text, "0100: 0300=0.75 0200=0.50; 0200: 0100=0.75; 0300:; ");
    OK(hm_store_get_knn_state(store, &read, &err));
    ck_assert_int_eq(read.revision, 3);
    ck_assert_uint_eq(read.k, 2);
    rows[0].n = 1;
    OK(hm_store_put_neighbours(store, rows, 1, &state, &err));
    struct lists one = {""};
    OK(hm_store_get_neighbours(store, "0100", list, &one, &err));
    ck_assert_str_eq(one.text, "0100: 0300=0.75; ");
    ck_assert_int_eq(hm_store_get_neighbours(store, "0999", list, &one, &err), HM_ENOTFOUND);
}
END_TEST

static enum hm_status first_code(void *context, const struct hm_store_product *row,
                                 struct hm_error *e) {
    (void)e;
    struct lists *lists = context;
    size_t used = strlen(lists->text);
    snprintf(lists->text + used, sizeof lists->text - used, "%s/%s/%s/%d ", row->code, row->type,
             row->department, row->embedded);
    ck_assert_int_eq(row->department_number, *row->department ? 1 : HM_STORE_NO_NUMBER);
    ck_assert_str_eq(row->index_code, *row->index ? "A" : "");
    return HM_OK;
}

START_TEST(products_bring_their_names) {
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0100", 0);
    put_articles();
    struct lists all = {""}, some = {""};
    OK(hm_store_products(store, NULL, 0, first_code, &all, &err));
    ck_assert_str_eq(all.text, "0050/Vest top/Basic/0 0100///1 0900///0 ");
    const char *const codes[] = {"0100", "0777", "0050"};
    OK(hm_store_products(store, codes, 3, first_code, &some, &err));
    ck_assert_str_eq(some.text, "0100///1 0050/Vest top/Basic/0 ");
}
END_TEST

START_TEST(changes_after_a_search_are_counted) {
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0100", 0);
    put("0200", 1);
    put("0300", 2);
    struct hm_store_knn_state state = {.revision = 3, .products = 3, .k = 2};
    OK(hm_store_put_neighbours(store, NULL, 0, &state, &err));
    ck_assert_uint_eq(state_of().newer + state_of().gone, 0);
    put("0400", 0);
    ck_assert_uint_eq(state_of().newer, 1);
    ck_assert_uint_eq(state_of().gone, 0);
    put("0100", 1);
    ck_assert_uint_eq(state_of().newer, 2);
    ck_assert_uint_eq(state_of().gone, 1);
    OK(hm_store_use_model(store, "model B", true, &err));
    put("0100", 1);
    ck_assert_int_eq(state_of().revision, 0);
}
END_TEST

enum { MANY = 1234 }; // more than one run of any script

START_TEST(many_rows_go_in_at_once) {
    static char codes[MANY][8];
    static struct hm_store_embedding rows[MANY];
    static struct hm_store_neighbours neighbours[MANY];
    static const char *first = codes[0];
    static const float score = 0.25f;
    struct hm_store_counts counts;
    struct hm_store_knn_state state = {.revision = 1, .products = MANY, .k = 1};
    OK(hm_store_use_model(store, "model A", false, &err));
    for (int i = 0; i < MANY; i++) {
        snprintf(codes[i], sizeof codes[i], "%07d", i);
        rows[i] = (struct hm_store_embedding){{codes[i], "d", 1, 1}, vector_of[0], 0};
        neighbours[i] = (struct hm_store_neighbours){codes[i], 1, &first, &score};
    }
    OK(hm_store_put_embeddings(store, rows, 250, &err)); // 250: 2 MB in three runs
    for (int i = 0; i < 125; i++)
        rows[2 * i].vector = NULL; // touched
    OK(hm_store_put_embeddings(store, rows, MANY, &err));
    OK(hm_store_put_neighbours(store, neighbours, MANY, &state, &err));
    OK(hm_store_count(store, &counts, &err));
    ck_assert_uint_eq(counts.products, MANY);
    ck_assert_uint_eq(counts.embeddings, MANY);
    ck_assert_uint_eq(counts.neighbours, MANY);
    struct lists some = {""};
    OK(hm_store_products(store, (const char *const[]){codes[1], codes[1233]}, 2, first_code, &some,
                         &err));
    ck_assert_str_eq(some.text, "0000001///1 0001233///1 ");
}
END_TEST

static enum hm_status refuse(void *context, const struct hm_store_embedding *row,
                             struct hm_error *e) {
    (void)context;
    return hm_fail(e, HM_ECANCELED, "enough at %s", row->source.code);
}

START_TEST(a_callback_can_end_the_iteration) {
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0100", 0);
    put("0200", 1);
    ck_assert_int_eq(hm_store_each_embedding(store, refuse, NULL, &err), HM_ECANCELED);
    ck_assert_str_eq(err.text, "enough at 0100");
    put("0300", 2); // nothing is left open
}
END_TEST

void contract_add(Suite *suite, const struct contract *of) {
    TCase *tests = tcase_create("contract");
    kind = of;
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, embeddings_come_back_in_order);
    tcase_add_test(tests, touching_keeps_vector_and_revision);
    tcase_add_test(tests, models_are_not_mixed);
    tcase_add_test(tests, a_second_process_cannot_change_the_model_unseen);
    tcase_add_test(tests, missing_pictures_get_zero_vectors);
    tcase_add_test(tests, neighbours_are_replaced_product_by_product);
    tcase_add_test(tests, products_bring_their_names);
    tcase_add_test(tests, changes_after_a_search_are_counted);
    tcase_add_test(tests, a_store_without_embeddings_is_free);
    tcase_add_test(tests, many_rows_go_in_at_once);
    tcase_add_test(tests, a_callback_can_end_the_iteration);
    contract_add_catalogue(tests);
    suite_add_tcase(suite, tests);
}
