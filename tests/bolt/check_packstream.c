// SPDX-License-Identifier: MIT
// PackStream both ways from one table of (value, bytes), bulk lists, and bytes that lie.

#include "value/packstream.h"
#include "suite.h"

#include <math.h>

/** "B1 44 01" -> bytes; returns their number. */
static size_t from_hex(const char *text, unsigned char *bytes, size_t capacity) {
    size_t count = 0;
    for (const char *p = text; *p;) {
        if (*p == ' ') {
            p++;
            continue;
        }
        char pair[3] = {p[0], p[1], '\0'};
        ck_assert(count < capacity);
        bytes[count++] = (unsigned char)strtoul(pair, NULL, 16);
        p += 2;
    }
    return count;
}

typedef void put_fn(struct bolt_params *params);

static void put_i(struct bolt_params *p, int64_t number) {
    bolt_put_int(p, NULL, number);
}
static void put_null(struct bolt_params *p) {
    bolt_put_null(p, NULL);
}
static void put_true(struct bolt_params *p) {
    bolt_put_bool(p, NULL, true);
}
static void put_false(struct bolt_params *p) {
    bolt_put_bool(p, NULL, false);
}
#define PUT_INT(name, number)                                                                      \
    static void put_##name(struct bolt_params *p) {                                                \
        put_i(p, number);                                                                          \
    }
PUT_INT(0, 0)
PUT_INT(127, 127)
PUT_INT(128, 128)
PUT_INT(minus_16, -16)
PUT_INT(minus_17, -17)
PUT_INT(minus_128, -128)
PUT_INT(minus_129, -129)
PUT_INT(32767, 32767)
PUT_INT(32768, 32768)
PUT_INT(minus_32769, -32769)
PUT_INT(2147483647, 2147483647)
PUT_INT(2147483648, 2147483648)
PUT_INT(minus_2147483649, -2147483649)
PUT_INT(max, INT64_MAX)
PUT_INT(min, INT64_MIN)
static void put_real(struct bolt_params *p) {
    bolt_put_float(p, NULL, 6.283185307179586);
}
static void put_minus_inf(struct bolt_params *p) {
    bolt_put_float(p, NULL, -INFINITY);
}
static void put_empty_text(struct bolt_params *p) {
    bolt_put_string(p, NULL, "");
}
static void put_text(struct bolt_params *p) {
    bolt_put_string(p, NULL, "Größen");
}
static void put_text_16(struct bolt_params *p) {
    bolt_put_string(p, NULL, "ABCDEFGHIJKLMNOP");
}
static void put_bytes(struct bolt_params *p) {
    bolt_put_bytes(p, NULL, "\1\2\3", 3);
}
static void put_list(struct bolt_params *p) {
    bolt_begin_list(p, NULL, 3);
    bolt_put_int(p, NULL, 1);
    bolt_begin_list(p, NULL, 0);
    bolt_end(p);
    bolt_put_string(p, NULL, "x");
    bolt_end(p);
}
static void put_floats(struct bolt_params *p) {
    bolt_put_f32(p, NULL, (const float[]){1.0f, -0.5f}, 2);
}
static void put_map(struct bolt_params *p) {
    bolt_begin_map(p, NULL, 2);
    bolt_put_int(p, "a", 1);
    bolt_begin_map(p, "b", 1);
    bolt_put_null(p, "c");
    bolt_end(p);
    bolt_end(p);
}
static void put_date(struct bolt_params *p) {
    bolt_put_date(p, NULL, -1);
}
static void put_time(struct bolt_params *p) {
    bolt_put_time(p, NULL, &(struct bolt_time_view){1000, -3600, true});
}
static void put_local_time(struct bolt_params *p) {
    bolt_put_time(p, NULL, &(struct bolt_time_view){1000, 0, false});
}
static void put_date_time(struct bolt_params *p) {
    bolt_put_date_time(
        p, NULL,
        &(struct bolt_date_time_view){
            .seconds = 4500, .nanoseconds = 42, .offset_seconds = 3600, .has_offset = true});
}
static void put_zoned(struct bolt_params *p) {
    bolt_put_date_time(
        p, NULL,
        &(struct bolt_date_time_view){.seconds = 4500, .nanoseconds = 42, .zone = "Europe/Paris"});
}
static void put_local_date_time(struct bolt_params *p) {
    bolt_put_date_time(
        p, NULL, &(struct bolt_date_time_view){.seconds = 1, .nanoseconds = 2, .wall_clock = true});
}
static void put_duration(struct bolt_params *p) {
    bolt_put_duration(p, NULL, &(struct bolt_duration_view){1, -2, 3, 4});
}
static void put_point_2d(struct bolt_params *p) {
    bolt_put_point(p, NULL, &(struct bolt_point_view){7203, 2, 1.0, 2.0, 0.0});
}
static void put_point_3d(struct bolt_params *p) {
    bolt_put_point(p, NULL, &(struct bolt_point_view){4979, 3, 1.0, 2.0, -1.0});
}
static void put_vector(struct bolt_params *p) {
    bolt_put_vector_f32(p, NULL, (const float[]){1.0f, -2.0f}, 2);
}
static void put_vector_i16(struct bolt_params *p) {
    bolt_put_vector(
        p, NULL,
        &(struct bolt_vector_view){BOLT_VECTOR_I16, 2, (const unsigned char *)"\x01\x00\xff\xff"});
}

static const struct row {
    const char *name;
    put_fn *put;
    const char *bytes;
    unsigned type;
} rows[] = {
    {"null", put_null, "C0", BOLT_NULL},
    {"true", put_true, "C3", BOLT_BOOL},
    {"false", put_false, "C2", BOLT_BOOL},
    {"0", put_0, "00", BOLT_INT},
    {"127", put_127, "7F", BOLT_INT},
    {"128", put_128, "C9 0080", BOLT_INT},
    {"-16", put_minus_16, "F0", BOLT_INT},
    {"-17", put_minus_17, "C8 EF", BOLT_INT},
    {"-128", put_minus_128, "C8 80", BOLT_INT},
    {"-129", put_minus_129, "C9 FF7F", BOLT_INT},
    {"32767", put_32767, "C9 7FFF", BOLT_INT},
    {"32768", put_32768, "CA 00008000", BOLT_INT},
    {"-32769", put_minus_32769, "CA FFFF7FFF", BOLT_INT},
    {"2^31-1", put_2147483647, "CA 7FFFFFFF", BOLT_INT},
    {"2^31", put_2147483648, "CB 0000000080000000", BOLT_INT},
    {"-2^31-1", put_minus_2147483649, "CB FFFFFFFF7FFFFFFF", BOLT_INT},
    {"2^63-1", put_max, "CB 7FFFFFFFFFFFFFFF", BOLT_INT},
    {"-2^63", put_min, "CB 8000000000000000", BOLT_INT},
    {"2 pi", put_real, "C1 401921FB54442D18", BOLT_FLOAT},
    {"-inf", put_minus_inf, "C1 FFF0000000000000", BOLT_FLOAT},
    {"empty string", put_empty_text, "80", BOLT_STRING},
    {"umlauts", put_text, "88 4772C3B6C39F656E", BOLT_STRING},
    {"16 letters", put_text_16, "D0 10 4142434445464748494A4B4C4D4E4F50", BOLT_STRING},
    {"bytes", put_bytes, "CC 03 010203", BOLT_BYTES},
    {"list", put_list, "93 01 90 81 78", BOLT_LIST},
    {"floats", put_floats, "92 C13FF0000000000000 C1BFE0000000000000", BOLT_LIST},
    {"map", put_map, "A2 8161 01 8162 A1 8163 C0", BOLT_MAP},
    {"date", put_date, "B1 44 FF", BOLT_DATE},
    {"time", put_time, "B2 54 C903E8 C9F1F0", BOLT_TIME},
    {"local time", put_local_time, "B1 74 C903E8", BOLT_LOCAL_TIME},
    {"date-time", put_date_time, "B3 49 CB0000000000001194 2A C90E10", BOLT_DATE_TIME},
    {"zoned date-time", put_zoned, "B3 69 CB0000000000001194 2A 8C 4575726F70652F5061726973",
     BOLT_DATE_TIME},
    {"local date-time", put_local_date_time, "B2 64 01 02", BOLT_LOCAL_DATE_TIME},
    {"duration", put_duration, "B4 45 01 FE 03 04", BOLT_DURATION},
    {"point", put_point_2d, "B3 58 C91C23 C13FF0000000000000 C14000000000000000", BOLT_POINT},
    {"point in space", put_point_3d,
     "B4 59 C91373 C13FF0000000000000 C14000000000000000 C1BFF0000000000000", BOLT_POINT},
    {"vector", put_vector, "B2 56 CC01C6 CC08 3F800000C0000000", BOLT_VECTOR},
    {"vector of 16 bits", put_vector_i16, "B2 56 CC01C9 CC04 0100FFFF", BOLT_VECTOR},
};

/** A list of one value: put writes it behind the key "l" and the head of the list (3 bytes). */
static struct bolt_params *listed(put_fn *put) {
    struct bolt_params *params = bolt_params_new();
    bolt_begin_list(params, "l", 1);
    put(params);
    bolt_end(params);
    ck_assert_int_eq(bolt_params_status(params, NULL), HM_OK);
    return params;
}

START_TEST(each_value_has_its_bytes) {
    const struct row *row = &rows[_i];
    unsigned char bytes[128];
    size_t length = from_hex(row->bytes, bytes, sizeof bytes - 1);
    struct bolt_params *params = listed(row->put);
    ck_assert_msg(params->bytes.length == 3 + length &&
                      memcmp(params->bytes.data + 3, bytes, length) == 0,
                  "%s: encoded", row->name);

    struct hm_arena arena = {0};
    struct bolt_value value;
    struct hm_error err = {0};
    ck_assert_msg(bolt_decode(bytes, length, &arena, &value, &err) == HM_OK, "%s: %s", row->name,
                  err.text);
    ck_assert_msg(value.type == row->type, "%s: type %s", row->name, bolt_type_name(value.type));

    struct bolt_params *again = bolt_params_new(); // what was read can be sent: the same bytes
    bolt_begin_list(again, "l", 1);
    bolt_put_value(again, NULL, &value);
    bolt_end(again);
    ck_assert_msg(bolt_params_status(again, &err) == HM_OK, "%s: %s", row->name, err.text);
    ck_assert_msg(again->bytes.length == params->bytes.length &&
                      memcmp(again->bytes.data, params->bytes.data, again->bytes.length) == 0,
                  "%s: sent back", row->name);
    bolt_params_free(again);
    bolt_params_free(params);
    hm_arena_free(&arena);
}
END_TEST

START_TEST(each_value_cut_anywhere_is_refused) {
    const struct row *row = &rows[_i];
    unsigned char bytes[128];
    size_t length = from_hex(row->bytes, bytes, sizeof bytes);
    for (size_t cut = 0; cut < length; cut++) {
        unsigned char *exact =
            malloc(cut + 1); // the NUL's byte; anything further is an error under ASan
        memcpy(exact, bytes, cut);
        struct hm_arena arena = {0};
        struct bolt_value value;
        ck_assert_int_eq(bolt_decode(exact, cut, &arena, &value, NULL), HM_EPROTO);
        hm_arena_free(&arena);
        free(exact);
    }
}
END_TEST

/** Decode hex into *value; the memory lives in arena. */
static enum hm_status decode_hex(const char *hex, struct hm_arena *arena, struct bolt_value *value,
                                 struct hm_error *err) {
    unsigned char bytes[256];
    size_t length = from_hex(hex, bytes, sizeof bytes);
    return bolt_decode_copy(bytes, length, arena, value, err);
}

START_TEST(views_show_the_parts) {
    struct hm_arena arena = {0};
    struct bolt_value v;
    ck_assert_int_eq(decode_hex("B3 4E 07 91 8141 A1 8178 01", &arena, &v, NULL),
                     HM_OK); // before Bolt 5
    struct bolt_node_view node = bolt_node(&v);
    ck_assert_int_eq(node.id, 7);
    ck_assert_str_eq(node.element_id, "7");
    ck_assert_str_eq(bolt_at(&node.labels, 0).as.string, "A");
    ck_assert_int_eq(bolt_get(&node.properties, "x")->as.integer, 1);
    ck_assert_ptr_null(bolt_get(&node.properties, "y"));

    ck_assert_int_eq(decode_hex("B8 52 01 02 03 8154 A0 8161 8162 8163", &arena, &v, NULL), HM_OK);
    struct bolt_relationship_view r = bolt_relationship(&v);
    ck_assert_int_eq(r.start_id, 2);
    ck_assert_str_eq(r.type, "T");
    ck_assert_str_eq(r.end_element_id, "c");
    ck_assert_int_eq(decode_hex("B5 52 01 02 03 8154 A0", &arena, &v, NULL), HM_OK);
    ck_assert_str_eq(bolt_relationship(&v).end_element_id, "3");

    // (0)-[10]->(1)<-[11]-(2): nodes 0, 1, 2
    ck_assert_int_eq(decode_hex("B3 50 93 B44E0090A08161 B44E0190A08162 B44E0290A08163"
                                " 92 B4720A 8154A08178 B4720B 8154A08179 94 01 01 FE 02",
                                &arena, &v, NULL),
                     HM_OK);
    ck_assert_uint_eq(bolt_path_length(&v), 2);
    ck_assert_str_eq(bolt_path_node(&v, 2).element_id, "c");
    ck_assert_int_eq(bolt_path_relationship(&v, 0).start_id, 0);
    ck_assert_int_eq(bolt_path_relationship(&v, 1).start_id, 2);
    ck_assert_str_eq(bolt_path_relationship(&v, 1).end_element_id, "b");

    ck_assert_int_eq(decode_hex("B3 46 C91FA4 2A C90E10", &arena, &v, NULL),
                     HM_OK); // legacy: wall clock 8100
    ck_assert_int_eq(bolt_date_time(&v).seconds, 4500);
    ck_assert_int_eq(decode_hex("B3 66 01 00 8355 5443", &arena, &v, NULL), HM_OK);
    ck_assert(bolt_date_time(&v).wall_clock);
    ck_assert_str_eq(bolt_date_time(&v).zone, "UTC");

    ck_assert_int_eq(decode_hex("B4 3F 8251 46 2A 15 A1 876D657373616765 8168", &arena, &v, NULL),
                     HM_OK);
    ck_assert_int_eq(bolt_unsupported(&v).major, 42);
    ck_assert_str_eq(bolt_unsupported(&v).message, "h");
    ck_assert_int_eq(decode_hex("B2 7A 01 91 C3", &arena, &v, NULL), HM_OK); // unknown: as it is
    ck_assert_uint_eq(v.type, BOLT_STRUCTURE);
    ck_assert_uint_eq(v.tag, 0x7a);
    ck_assert(v.as.items[1].as.items[0].as.boolean);
    ck_assert_int_eq(decode_hex("B2 56 CC01C6 CC08 3F800000C0000000", &arena, &v, NULL), HM_OK);
    ck_assert_double_eq(bolt_at(&v, 1).as.real, -2.0);
    hm_arena_free(&arena);
}
END_TEST

static const struct lie {
    const char *what, *bytes;
} lies[] = {
    {"left over", "01 02"},
    {"list of 4 G", "D6 FFFFFFFF 01"},
    {"map of 4 G", "DA FFFFFFFF 8161 01"},
    {"string of 4 G", "D2 FFFFFFFF 61"},
    {"bytes of 4 G", "CE FFFFFFFF 61"},
    {"key is a number", "A1 01 01"},
    {"unknown marker", "C4"},
    {"structure of 16 bits", "DC 01 44 01"},
    {"date with a string", "B1 44 81 61"},
    {"date of two", "B2 44 01 01"},
    {"node with a label 1", "B4 4E 01 91 01 A0 80"},
    {"node with float labels", "B4 4E 01 91 C13FF0000000000000 A0 80"},
    {"path without nodes", "B3 50 90 90 90"},
    {"path of one step", "B3 50 91 B44E0090A08161 90 91 01"},
    {"path to nowhere", "B3 50 91 B44E0090A08161 91 B4720A8154A08178 92 01 01"},
    {"path by relationship 0", "B3 50 91 B44E0090A08161 91 B4720A8154A08178 92 00 00"},
    {"path by relationship -2^63",
     "B3 50 91 B44E0090A08161 91 B4720A8154A08178 92 CB8000000000000000 00"},
    {"vector of 7 bytes", "B2 56 CC01C6 CC07 3F800000C00000"},
    {"vector of nothing known", "B2 56 CC01C2 CC00"},
};

START_TEST(lies_are_refused) {
    struct hm_arena arena = {0};
    struct bolt_value value;
    struct hm_error err = {0};
    ck_assert_msg(decode_hex(lies[_i].bytes, &arena, &value, &err) == HM_EPROTO, "%s",
                  lies[_i].what);
    ck_assert_msg(strstr(err.text, "malformed message") == err.text, "%s: %s", lies[_i].what,
                  err.text);
    ck_assert_msg(arena.used_bytes < 4096, "%s: took %zu bytes", lies[_i].what, arena.used_bytes);
    hm_arena_free(&arena);
}
END_TEST

START_TEST(depth_is_limited) {
    enum { MANY = 1000000 };
    unsigned char *bytes = malloc(MANY + 1);
    struct bolt_value value;
    struct hm_arena arena = {0};
    memset(bytes, 0x91, MANY);
    struct hm_error err = {0};
    ck_assert_int_eq(bolt_decode(bytes, MANY, &arena, &value, &err), HM_EPROTO);
    ck_assert_ptr_nonnull(strstr(err.text, "nested deeper than 1000"));
    bytes[BOLT_MAX_DEPTH] = 0x01; // lists in lists, exactly as deep as allowed
    ck_assert_int_eq(bolt_decode(bytes, BOLT_MAX_DEPTH + 1, &arena, &value, &err), HM_OK);
    struct bolt_params *params = bolt_params_new();
    bolt_put_value(params, "v", &value);
    ck_assert_int_eq(bolt_params_status(params, NULL), HM_OK);
    bolt_params_clear(params);
    bolt_begin_list(params, "l", 1);
    bolt_put_value(params, NULL, &value); // one too many
    ck_assert_int_eq(bolt_params_status(params, NULL), HM_EARG);
    bolt_params_free(params);
    hm_arena_free(&arena);
    free(bytes);
}
END_TEST

START_TEST(embeddings_go_in_bulk) {
    enum { N = 2048 };
    uint64_t seed = suite_seed(5);
    static float numbers[N], back[N];
    for (size_t i = 0; i < N; i++)
        numbers[i] = (float)(int64_t)suite_random(&seed) / 1e18f;
    struct bolt_params *params = bolt_params_new();
    bolt_put_f32(params, "e", numbers, N);
    struct hm_arena arena = {0};
    struct bolt_value list;
    ck_assert_uint_eq(params->bytes.length, 2 + 3 + 9 * N);
    unsigned char *bytes = malloc(params->bytes.length + 8);
    size_t nested = 2; // inside a list, as in a row
    bytes[0] = 0x92, bytes[1] = 0x01;
    memcpy(bytes + nested, params->bytes.data + 2, params->bytes.length - 2);
    ck_assert_int_eq(bolt_decode(bytes, nested + params->bytes.length - 2, &arena, &list, NULL),
                     HM_OK);
    struct bolt_value item = bolt_at(&list, 1);
    ck_assert_int_eq(bolt_to_f32(&item, back, N, NULL), HM_OK);
    ck_assert_mem_eq(numbers, back, sizeof numbers);
    ck_assert_uint_lt(arena.used_bytes, 256); // the list took no memory of its own
    ck_assert_double_eq(bolt_at(&item, 77).as.real, (double)numbers[77]);
    struct hm_error err;
    ck_assert_int_eq(bolt_to_f32(&item, back, N - 1, &err), HM_EFORMAT);
    ck_assert_str_eq(err.text, "found a list of 2048 numbers, expected 2047");
    hm_arena_reset(&arena);
    ck_assert_int_eq(decode_hex("92 01 C13FF0000000000000", &arena, &list, NULL), HM_OK); // mixed
    double two[2];
    ck_assert_int_eq(bolt_to_f64(&list, two, 2, NULL), HM_OK);
    ck_assert_double_eq(two[0] + two[1], 2.0);
    free(bytes);
    hm_arena_free(&arena);
    bolt_params_free(params);
}
END_TEST

static void too_many(struct bolt_params *p) {
    bolt_begin_list(p, "l", 0);
    bolt_put_int(p, NULL, 1);
}
static void too_few(struct bolt_params *p) {
    bolt_begin_list(p, "l", 2);
    bolt_put_int(p, NULL, 1);
    bolt_end(p);
}
static void not_ended(struct bolt_params *p) {
    bolt_begin_map(p, "m", 0);
}
static void nameless(struct bolt_params *p) {
    bolt_put_int(p, NULL, 1);
}
static void named(struct bolt_params *p) {
    bolt_begin_list(p, "l", 1);
    bolt_put_int(p, "x", 1);
}
static void ended_twice(struct bolt_params *p) {
    bolt_end(p);
}
static void put_node(struct bolt_params *p) {
    bolt_put_value(p, "n", &(struct bolt_value){.type = BOLT_NODE});
}

START_TEST(misuse_is_remembered) {
    static put_fn *const misuses[] = {too_many, too_few,     not_ended, nameless,
                                      named,    ended_twice, put_node};
    for (size_t i = 0; i < sizeof misuses / sizeof *misuses; i++) {
        struct bolt_params *params = bolt_params_new();
        misuses[i](params);
        bolt_put_int(params, "later", 1);
        struct hm_error err = {0};
        ck_assert_int_eq(bolt_params_status(params, &err), HM_EARG);
        ck_assert_msg(strstr(err.text, "parameters: ") == err.text, "%zu: %s", i, err.text);
        bolt_params_clear(params);
        ck_assert_int_eq(bolt_params_status(params, NULL), HM_OK);
        bolt_params_free(params);
    }
}
END_TEST

/** A NULL is one byte on the wire: 17 MiB of them would take 272 MiB. */
START_TEST(memory_for_values_is_limited) {
    enum { COUNT = 17 << 20 };
    unsigned char *bytes = malloc(COUNT + 6);
    struct hm_arena arena = {0};
    struct bolt_value value;
    struct hm_error err = {0};
    memset(bytes, 0xc0, COUNT + 6);
    bytes[0] = 0xd6;
    for (int i = 0; i < 4; i++)
        bytes[1 + i] = (unsigned char)(COUNT >> (24 - 8 * i));
    ck_assert_int_eq(bolt_decode(bytes, COUNT + 5, &arena, &value, &err), HM_EPROTO);
    ck_assert_msg(strstr(err.text, "268435456 bytes of memory"), "%s", err.text);
    ck_assert_uint_eq(arena.used_bytes, 0);
    hm_arena_free(&arena);
    free(bytes);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("bolt/packstream");
    TCase *test_case = tcase_create("packstream");
    tcase_add_loop_test(test_case, each_value_has_its_bytes, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(test_case, each_value_cut_anywhere_is_refused, 0,
                        sizeof rows / sizeof *rows);
    tcase_add_loop_test(test_case, lies_are_refused, 0, sizeof lies / sizeof *lies);
    tcase_add_test(test_case, views_show_the_parts);
    tcase_add_test(test_case, depth_is_limited);
    tcase_add_test(test_case, embeddings_go_in_bulk);
    tcase_add_test(test_case, misuse_is_remembered);
    tcase_add_test(test_case, memory_for_values_is_limited);
    suite_add_tcase(suite, test_case);
    return suite_run(suite, 0);
}
