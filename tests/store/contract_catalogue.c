// SPDX-License-Identifier: MIT
// What every kind of store must do with a catalogue: rows replace what was said before, pieces
// count once a load, marks stand for the content loaded last, products are removed by degrees.

#include <string.h>

#include "contract_parts.h"
#include "suite.h"

static enum hm_status all_names(void *context, const struct hm_store_product *row,
                                struct hm_error *e) {
    (void)e;
    struct lists *lists = context;
    size_t used = strlen(lists->text);
    snprintf(lists->text + used, sizeof lists->text - used, "%s|%s|%s|%s|%s|%s|%s ", row->name,
             row->type, row->group, row->department, row->index, row->appearance, row->colour);
    return HM_OK;
}

START_TEST(articles_replace_what_the_catalogue_said) {
    static const char *const code[] = {"0050"};
    struct lists before = {""}, after = {""};
    put_articles();
    put_articles();
    OK(hm_store_products(store, code, 1, all_names, &before, &err));
    ck_assert_str_eq(before.text, "Vest|Vest top|Upper body|Basic|Ladieswear|Solid|Black ");
    struct hm_store_article red = {.code = "0050", .name = "Vest", .colour_group = {50, "Red"}};
    OK(hm_store_put_articles(store, &red, 1, NULL, &err));
    OK(hm_store_products(store, code, 1, all_names, &after, &err));
    ck_assert_str_eq(after.text, "Vest||||||Red ");
}
END_TEST

START_TEST(of_an_articles_rows_the_last_one_holds) {
    static const char *const code[] = {"0050"};
    const struct hm_store_article rows[] = {
        {.code = "0050", .name = "Old", .colour_group = {50, "Red"}, .department = {1, "Basic"}},
        {.code = "0051", .name = "Other", .colour_group = {51, "Blue"}},
        {.code = "0050", .name = "New", .colour_group = {51, "Blue"}}};
    struct lists found = {""};
    OK(hm_store_put_articles(store, rows, 3, NULL, &err));
    OK(hm_store_products(store, code, 1, all_names, &found, &err));
    ck_assert_str_eq(found.text, "New||||||Blue ");
}
END_TEST

static const struct hm_store_purchase purchases[] = {
    {"c1", "0050", "2018-09-20", 0.05, 2},
    {"c1", "0050", "2018-09-20", 0.04, 1}, // at another price
    {"c1", "0050", "2018-09-20", 0.05, 2}, // a second piece of the first
    {"c1", "0050", "2018-09-21", 0.05, 2},
    {"c3", "0777", "2018-09-21", 0.05, 2}}; // neither is known

// What was put comes out, and nothing else.
static enum hm_status same_article(void *context, const struct hm_store_article *row,
                                   struct hm_error *e) {
    const struct hm_store_article **next = context;
    const struct hm_store_article *put = (*next)++;
    const char *texts[][2] = {{put->code, row->code},
                              {put->product_code, row->product_code},
                              {put->name, row->name},
                              {put->description, row->description},
                              {put->product_group, row->product_group},
                              {put->index_code, row->index_code},
                              {put->index_name, row->index_name}};
    const struct hm_store_named nodes[][2] = {{put->product_type, row->product_type},
                                              {put->department, row->department},
                                              {put->section, row->section},
                                              {put->index_group, row->index_group},
                                              {put->garment_group, row->garment_group},
                                              {put->appearance, row->appearance},
                                              {put->colour_group, row->colour_group},
                                              {put->colour_value, row->colour_value},
                                              {put->colour_master, row->colour_master}};
    (void)e;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_pstr_eq(texts[i][0], texts[i][1]);
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        ck_assert_pstr_eq(nodes[i][0].name, nodes[i][1].name);
        if (nodes[i][0].name) ck_assert_int_eq(nodes[i][0].number, nodes[i][1].number);
    }
    return HM_OK;
}

START_TEST(articles_come_out_as_they_were_put) {
    static const struct hm_store_article rows[] = {
        {"0001",
         "00",
         "N \"q\", 1",
         "two\nlines",
         "Group",
         {-1, "Type"},
         {2, "D"},
         {3, "S"},
         "A",
         "Ladies",
         {4, "IG"},
         {5, "GG"},
         {6, "Solid"},
         {7, "Red"},
         {8, "Dark"},
         {9, "R"}},
        {.code = "0002", .name = "only a name"},
        {.code = "0003", .department = {2, "D"}, .section = {3, "S"}, .colour_value = {0, "none"}},
        {.code = "0004", .product_group = "Group", .product_type = {-1, "Type"}}};
    const struct hm_store_article *next = rows;
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0005", 1); // of which the catalogue says nothing
    OK(hm_store_put_articles(store, rows, 4, NULL, &err));
    OK(hm_store_each_article(store, same_article, &next, &err));
    ck_assert_ptr_eq(next, rows + 4);
}
END_TEST

START_TEST(a_type_of_two_groups_does_not_double_a_product) {
    const struct hm_store_article rows[] = {
        {.code = "0001", .name = "A", .product_type = {7, "T"}, .product_group = "G1"},
        {.code = "0002", .name = "B", .product_type = {7, "T"}, .product_group = "G2"}};
    const char *const codes[] = {"0001", "0002"};
    OK(hm_store_put_articles(store, rows, 2, NULL, &err));
    for (size_t n = 0; n <= 2; n += 2) {
        struct lists found = {""};
        OK(hm_store_products(store, codes, n, all_names, &found, &err));
        ck_assert_ptr_nonnull(strstr(found.text, "A|T|G"));
        ck_assert_ptr_nonnull(strstr(found.text, " B|T|G"));
        ck_assert_uint_eq(strlen(found.text), 2 * strlen("A|T|G1|||| "));
    }
}
END_TEST

START_TEST(what_is_loaded_twice_counts_once) {
    static const struct hm_store_customer customers[] = {
        {.id = "c1", .fn = 1, .active = -1, .age = 30, .club_member_status = "ACTIVE"},
        {.id = "c2", .fn = -1, .active = -1, .age = -1}};
    for (int i = 0; i < 2; i++) {
        put_articles();
        OK(hm_store_put_customers(store, customers, 2, NULL, &err));
        OK(hm_store_put_purchases(store, purchases, 5, NULL, &err));
    }
    struct hm_store_counts counts;
    OK(hm_store_count(store, &counts, &err));
    ck_assert_uint_eq(counts.customers, 3);
    ck_assert_uint_eq(counts.purchases, 4);
    ck_assert_uint_eq(counts.products, 3);
    ck_assert_uint_eq(counts.embeddings, 0);
    ck_assert_uint_eq(counts.neighbours, 0);
}
END_TEST

static struct hm_store_mark mark_of(const char *source) {
    struct hm_store_mark mark = {.kind = "transactions", .source = source};
    OK(hm_store_get_mark(store, &mark, &err));
    return mark;
}

START_TEST(marks_stand_for_what_was_loaded_last) {
    struct hm_store_mark a = {"transactions", "A", 1, 0, 1000, 4, 3, 1, 0, false}, b = a;
    ck_assert_int_eq(mark_of("A").load, 0);
    OK(hm_store_put_purchases(store, purchases, 3, &a, &err));
    ck_assert_uint_eq(mark_of("A").bytes, 1000);
    ck_assert_uint_eq(mark_of("A").lines, 4);
    ck_assert_uint_eq(mark_of("A").bad, 1);
    ck_assert_uint_eq(mark_of("A").merged, 1);
    a.from = 1000;
    a.bytes = 2000;
    a.rows = 5;
    a.done = true;
    OK(hm_store_put_purchases(store, purchases + 1, 2, &a, &err)); // both are second pieces
    ck_assert_uint_eq(mark_of("A").merged, 3);
    ck_assert(mark_of("A").done);
    // Another process that began from the same mark comes too late, wherever it is.
    ck_assert_int_eq(hm_store_put_purchases(store, purchases, 3, &b, &err), HM_ECONFLICT);
    ck_assert_ptr_nonnull(strstr(err.text, "transactions"));
    b.source = "B";
    b.load = mark_of("B").load + 1;
    ck_assert_int_eq(b.load, 2);
    OK(hm_store_put_purchases(store, purchases, 3, &b, &err));
    ck_assert_uint_eq(mark_of("B").merged, 1);
    ck_assert_uint_eq(mark_of("A").bytes, 0);
    ck_assert_int_eq(mark_of("A").load, 2);
}
END_TEST

// Code, whether the catalogue loaded last has it, whether it has an embedding.
static enum hm_status known(void *context, const struct hm_store_product *row, struct hm_error *e) {
    (void)e;
    struct lists *lists = context;
    size_t used = strlen(lists->text);
    snprintf(lists->text + used, sizeof lists->text - used, "%s/%s%s ", row->code,
             row->listed ? "L" : "", row->embedded ? "E" : "");
    return HM_OK;
}

static const char *all_known(void) {
    static struct lists lists;
    lists = (struct lists){""};
    OK(hm_store_products(store, NULL, 0, known, &lists, &err));
    return lists.text;
}

START_TEST(the_catalogue_loaded_last_lists_its_products) {
    struct hm_store_article rows[] = {{.code = "0050", .name = "Vest"},
                                      {.code = "0060", .name = "Cap"}};
    struct hm_store_mark mark = {"articles", "A", 1, 0, 100, 3, 2, 0, 0, true};
    OK(hm_store_put_articles(store, rows, 2, &mark, &err));
    OK(hm_store_put_purchases(store, purchases, 5, NULL, &err));
    ck_assert_str_eq(all_known(), "0050/L 0060/L 0777/ ");
    mark.load = 2;
    OK(hm_store_put_articles(store, rows, 1, &mark, &err));
    ck_assert_str_eq(all_known(), "0050/L 0060/ 0777/ ");
}
END_TEST

START_TEST(products_are_removed_by_degrees) {
    static const char *const one[] = {"0050", "nothing"}, *const two[] = {"0100", "0777"};
    struct hm_store_removed gone;
    put_articles();
    OK(hm_store_put_purchases(store, purchases, 5, NULL, &err));
    OK(hm_store_use_model(store, "model A", false, &err));
    put("0050", 0);
    put("0100", 1);
    put("0777", 2);
    const char *const of_1[] = {"0777", "0100"}, *const of_2[] = {"0050", "0777"};
    const float scores[] = {0.75f, 0.5f};
    struct hm_store_neighbours rows[] = {{"0050", 2, of_1, scores}, {"0100", 2, of_2, scores}};
    struct hm_store_knn_state state = {.revision = 3, .products = 3, .k = 2};
    OK(hm_store_put_neighbours(store, rows, 2, &state, &err));
    ck_assert_str_eq(all_known(), "0050/LE 0100/E 0777/E 0900/L ");

    OK(hm_store_remove(store, one, 2, HM_STORE_REMOVE_EMBEDDING, &gone, &err));
    ck_assert_uint_eq(gone.products, 0);
    ck_assert_uint_eq(gone.embeddings, 1);
    ck_assert_uint_eq(gone.neighbours, 3);
    ck_assert_str_eq(all_known(), "0050/L 0100/E 0777/E 0900/L ");
    struct lists lists = {""};
    OK(hm_store_each_neighbours(store, list, &lists, &err));
    ck_assert_str_eq(lists.text, "0050:; 0100: 0777=0.50; 0777:; 0900:; ");
    ck_assert_uint_eq(state_of().gone, 1);

    OK(hm_store_remove(store, two, 2, HM_STORE_REMOVE_EMBEDDING, &gone, &err));
    ck_assert_uint_eq(gone.products, 1); // 0777 has purchases
    ck_assert_str_eq(all_known(), "0050/L 0777/ 0900/L ");
    OK(hm_store_remove(store, one, 1, HM_STORE_REMOVE_CATALOGUE, &gone, &err));
    ck_assert_uint_eq(gone.products + gone.purchases, 0);
    ck_assert_str_eq(all_known(), "0050/ 0777/ 0900/L ");
    OK(hm_store_remove(store, one, 1, HM_STORE_REMOVE_ALL, &gone, &err));
    ck_assert_uint_eq(gone.products, 1);
    ck_assert_uint_eq(gone.purchases, 3);
    ck_assert_str_eq(all_known(), "0777/ 0900/L ");
    put("0050", 0); // the code can come back
}
END_TEST

void contract_add_catalogue(TCase *tests) {
    tcase_add_test(tests, articles_replace_what_the_catalogue_said);
    tcase_add_test(tests, of_an_articles_rows_the_last_one_holds);
    tcase_add_test(tests, articles_come_out_as_they_were_put);
    tcase_add_test(tests, a_type_of_two_groups_does_not_double_a_product);
    tcase_add_test(tests, what_is_loaded_twice_counts_once);
    tcase_add_test(tests, marks_stand_for_what_was_loaded_last);
    tcase_add_test(tests, the_catalogue_loaded_last_lists_its_products);
    tcase_add_test(tests, products_are_removed_by_degrees);
}
