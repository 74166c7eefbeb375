// SPDX-License-Identifier: MIT
// The rows of the table of precisions, each on every ISA that has it and where need be on an
// emulation: names; the rounding of numbers, bf16's bit by bit; products against sums of rounded
// numbers in double precision; the whole network against f32, on waves and on the sample's photos.

#include <float.h>
#include <glob.h>

#include "hmrec/image.h"
#include "hmrec/knn.h"
#include "nn_support.h"
#include "model/resnet_v2.h"
#include "hmrec/weights.h"

// ---- names

START_TEST(test_names) {
    size_t count;
    const struct hm_precision *rows = hm_precisions(&count), *found;
    struct hm_error err = {0};
    ck_assert_str_eq(rows[0].name, "f32");
    ck_assert_str_eq(rows[0].suffix, "");
    ck_assert(hm_precision_find(&found, NULL, &err) == HM_OK && found == rows);
    ck_assert(hm_precision_find(&found, "fp32", &err) == HM_OK && found == rows);
    ck_assert_int_eq(hm_precision_find(&found, "fp8", &err), HM_EARG);
    ck_assert_ptr_nonnull(strstr(err.text, "\"fp8\""));
    for (size_t i = 0; i < count; i++) {
        ck_assert(hm_precision_find(&found, rows[i].name, NULL) == HM_OK && found == &rows[i]);
        ck_assert_msg(strstr(err.text, rows[i].name) != NULL, "%s", err.text);
        ck_assert_ptr_nonnull(nn_choose_plan(1, &rows[i]));
        ck_assert_ptr_ne(nn_choose_plan(8, &rows[i]), nn_choose_plan(1, &rows[i]));
    }
}
END_TEST

START_TEST(test_model_names) {
    static const char digest[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    size_t count;
    const struct hm_precision *rows = hm_precisions(&count), *found;
    struct hm_error err = {0};
    char name[80];
    ck_assert(hm_model_name(digest, NULL, name, sizeof name, &err) == HM_OK);
    ck_assert_str_eq(name, digest);
    for (size_t i = 0; i < count; i++) {
        ck_assert(hm_model_name(digest, &rows[i], name, sizeof name, &err) == HM_OK);
        ck_assert(strncmp(name, digest, strlen(digest)) == 0);
        ck_assert(hm_model_name_precision(&found, name, &err) == HM_OK && found == &rows[i]);
        ck_assert_int_eq(hm_model_name(digest, &rows[i], name, strlen(name), &err), HM_EARG);
    }
    ck_assert_int_eq(hm_model_name_precision(&found, "0123456789ab:fp8", &err), HM_EUNSUPPORTED);
    ck_assert_msg(strstr(err.text, ":fp8") != NULL, "%s", err.text);
}
END_TEST

// ---- operands

// count elements from f32, whatever the precision; owned by the caller (free).
static void *operands(const struct nn_product *product, const float *in, size_t rows, size_t k) {
    void *out = malloc(rows * k * product->bytes);
    ck_assert_ptr_nonnull(out);
    if (product->convert)
        product->convert(in, k, rows, k, out, k);
    else
        memcpy(out, in, rows * k * sizeof *in);
    return out;
}

static void converted(const struct product_case *c) {
    enum { ROWS = 3, K = 48, IN_STRIDE = K + 5, OUT_STRIDE = K + 16 };
    const size_t bytes = c->product->bytes;
    if (!c->product->convert) {
        ck_assert_uint_eq(bytes, sizeof(float));
        return;
    }
    float *in = random_floats(ROWS * IN_STRIDE);
    struct guarded out = guarded_new(ROWS * OUT_STRIDE * bytes / sizeof(float));
    unsigned char *pattern = malloc(out.count * sizeof(float));
    memcpy(pattern, out.data, out.count * sizeof(float));
    c->product->convert(in, IN_STRIDE, ROWS, K, out.data, OUT_STRIDE);
    for (size_t i = 0; i < ROWS * OUT_STRIDE; i++) {
        size_t column = i % OUT_STRIDE;
        if (column >= K) {
            ck_assert_msg(
                memcmp((unsigned char *)out.data + i * bytes, pattern + i * bytes, bytes) == 0,
                "%s: wrote between rows", c->name);
            continue;
        }
        double want = (double)in[i / OUT_STRIDE * IN_STRIDE + column];
        double found = (double)c->operand->value(out.data, i);
        ck_assert_msg(fabs(found - want) <= fabs(want) * c->operand->unit, "%s: %g became %g",
                      c->name, want, found);
    }
    guarded_check_and_free(&out, c->name);
    free(in), free(pattern);
}

START_TEST(test_convert) {
    each_product(converted);
}
END_TEST

static float from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void bf16_rounded(const struct product_case *c) {
    static const struct {
        uint32_t in;
        uint16_t out;
    } cases[16] = {
        {0x3f800000, 0x3f80}, {0x3f808000, 0x3f80}, // 1; half way to the next, even below
        {0x3f808001, 0x3f81}, {0x3f818000, 0x3f82}, // above half; half way, even above
        {0x3f817fff, 0x3f81}, {0xbf818000, 0xbf82}, {0x00000000, 0x0000},
        {0x80000000, 0x8000}, {0x7f800000, 0x7f80}, {0xff800000, 0xff80}, // infinities stay
        {0x7f7fffff, 0x7f80}, // the largest float rounds to infinity
        {0x7fc00000, 0x7fc0}, {0x7f800001, 0x7fc0}, {0xffffffff, 0x7fc0}, // NaN stays NaN
        {0x00000001, 0x0000}, {0x00008001, 0x0001},                       // tiny
    };
    float in[16];
    uint16_t out[16];
    if (strcmp(c->precision->name, "bf16") != 0) return;
    for (size_t i = 0; i < 16; i++)
        in[i] = from_bits(cases[i].in);
    c->product->convert(in, 16, 1, 16, out, 16);
    for (size_t i = 0; i < 16; i++)
        ck_assert_msg(out[i] == cases[i].out, "%s: %08x rounds to %04x, expected %04x", c->name,
                      (unsigned)cases[i].in, out[i], cases[i].out);
}

START_TEST(test_bf16_rounding) {
    each_product(bf16_rounded);
}
END_TEST

// Element (k, column) of packed B.
static double packed(const struct product_case *c, const void *panels, size_t depth, size_t k,
                     size_t column) {
    const size_t nr = c->product->nr, group = c->product->group;
    size_t at = column / nr * depth * nr + (k / group * nr + column % nr) * group + k % group;
    return (double)c->operand->value(panels, at);
}

static void pack_in_pieces(const struct product_case *c) {
    const size_t group = c->product->group, k = 5 * group, n = 3 * c->product->nr;
    float *matrix = random_floats(k * n), *scale = random_floats(n);
    struct guarded panels = guarded_new(k * n * c->product->bytes / sizeof(float));
    c->product->pack(matrix, k, n, scale, 0, 2 * group, panels.data);
    c->product->pack(matrix, k, n, scale, 2 * group, 3 * group, panels.data);
    for (size_t i = 0; i < k * n; i++) {
        float want = matrix[i] * scale[i % n];
        double found = packed(c, panels.data, k, i / n, i % n);
        ck_assert_msg(fabs(found - (double)want) <= fabs((double)want) * c->operand->unit,
                      "%s: packed [%zu][%zu] %g, expected %g", c->name, i / n, i % n, found,
                      (double)want);
    }
    guarded_check_and_free(&panels, c->name);
    free(matrix), free(scale);
}

START_TEST(test_pack) {
    each_product(pack_in_pieces);
}
END_TEST

// ---- product

struct factors {
    float *in, *matrix, *bias, *residual; // f32
    void *a, *b;
    uint32_t *rows; // the residual's, backwards
};

static struct factors factors_new(const struct product_case *c, size_t m, size_t k, size_t n) {
    struct factors f = {random_floats(m * k),
                        random_floats(k * n),
                        random_floats(n),
                        random_floats(m * n),
                        NULL,
                        malloc(k * n * c->product->bytes),
                        malloc(m * sizeof *f.rows)};
    f.a = operands(c->product, f.in, m, k);
    c->product->pack(f.matrix, k, n, NULL, 0, k, f.b);
    for (size_t i = 0; i < m; i++)
        f.rows[i] = (uint32_t)(m - 1 - i);
    return f;
}

static void factors_free(struct factors *f) {
    free(f->in), free(f->matrix), free(f->bias), free(f->residual), free(f->a), free(f->b);
    free(f->rows);
}

static void check_product(const struct product_case *c, size_t m, size_t k, bool extras) {
    const size_t n = 2 * c->product->nr, c_stride = n + 4;
    struct factors f = factors_new(c, m, k, n);
    struct guarded out = guarded_new((m - 1) * c_stride + n);
    struct nn_gemm g = {.a = f.a,
                        .a_stride = k,
                        .k = k,
                        .b = f.b,
                        .b_stride = k * c->product->nr,
                        .c = out.data,
                        .c_stride = c_stride};
    if (extras) {
        g.bias = f.bias;
        g.residual = f.residual;
        g.residual_stride = n;
        g.residual_row = f.rows;
        g.relu = true;
    }
    c->product->gemm(&g, 0, m, 0, 2);
    double tolerance = 2 * (double)(k + 2) * (double)FLT_EPSILON, biggest = 0;
    for (size_t i = 0; i < m * n; i++) {
        size_t row = i / n, column = i % n;
        double sum = extras ? (double)f.bias[column] : 0;
        for (size_t d = 0; d < k; d++)
            sum += (double)c->operand->value(f.a, row * k + d) * packed(c, f.b, k, d, column);
        if (extras) sum = fmax(0, sum + (double)f.residual[(m - 1 - row) * n + column]);
        double found = (double)out.data[row * c_stride + column];
        biggest = fmax(biggest, fabs(sum));
        ck_assert_msg(fabs(found - sum) <= tolerance,
                      "%s: %zu x %zu: [%zu][%zu] is %g, expected %g", c->name, m, k, row, column,
                      found, sum);
    }
    ck_assert_msg(tolerance < biggest, "the tolerance hides everything");
    guarded_check_and_free(&out, c->name);
    factors_free(&f);
}

static void products(const struct product_case *c) {
    for (size_t m = 1; m <= 2 * c->product->mr + 1; m++)
        check_product(c, m, 64, m % 2);
    check_product(c, 5, 16, false);
    check_product(c, 7, 2304, true);
    ck_assert_uint_le(c->product->nr, NN_NR_MAX);
    ck_assert_uint_eq(64 % c->product->nr, 0); // every layer has a multiple of 64 channels
    printf("%s: %s\n", c->precision->name, c->name);
}

START_TEST(test_product) {
    each_product(products);
}
END_TEST

// ---- network

static void check_cosine(struct hm_model *model, struct hm_model *exact,
                         const struct hm_precision *precision) {
    enum { PICTURES = HM_EMULATED ? 1 : 3 }; // a picture takes a minute under qemu
    static uint8_t pixels[PICTURES][HM_PIXEL_BYTES];
    static float found[PICTURES][HM_DIM], want[PICTURES][HM_DIM];
    for (size_t p = 0; p < PICTURES; p++)
        for (size_t i = 0; i < HM_PIXEL_BYTES; i++) // soft waves, a different one for each picture
            pixels[p][i] = (uint8_t)(127 + 90 * sin((double)(i / 672 + (p + 1) * (i % 672)) / 40));
    hm_model_embed(model, pixels[0], PICTURES, found[0]);
    hm_model_embed(exact, pixels[0], PICTURES, want[0]);
    for (size_t p = 0; p < PICTURES; p++) {
        double ab = 0, aa = 0, bb = 0;
        for (size_t i = 0; i < HM_DIM; i++) {
            ab += (double)found[p][i] * (double)want[p][i];
            aa += (double)found[p][i] * (double)found[p][i];
            bb += (double)want[p][i] * (double)want[p][i];
        }
        printf("picture %zu: cosine of %s with f32 %.7f\n", p, precision->name, ab / sqrt(aa * bb));
        ck_assert_msg(ab / sqrt(aa * bb) >= 0.9995, "cosine %.7f", ab / sqrt(aa * bb));
        ck_assert_msg(memcmp(found[p], want[p], sizeof *want) != 0, "this was f32");
    }
}

enum { BATCH = 4, THREADS = HM_EMULATED ? 1 : 2 };

// The network on seeded weights, in f32 and in another precision's emulation.
static void make_models(struct hm_weights **weights, struct hm_model **exact,
                        const struct hm_precision *precision, struct hm_model **model) {
    struct hm_error err = {0};
    ck_assert(hm_weights_random(weights, NULL, 1, &err) == HM_OK);
    struct hm_model_options options = {.threads = THREADS, .batch = BATCH};
    ck_assert(hm_model_new(exact, *weights, &options, &err) == HM_OK);
    const char *isa = hm_model_isa(*exact);
    struct nn_network how = {.kernels = nn_isa_kernels(isa),
                             .product = operand_of(precision)->emulated,
                             .plan = nn_choose_plan(BATCH, precision)};
    ck_assert(nn_model_make(model, *weights, isa, &how, THREADS, BATCH, &err) == HM_OK);
}

// The network in a precision as a user asks for it: computed, or refused with the reason.
static void check_as_asked(const struct hm_weights *weights, const struct hm_precision *precision,
                           struct hm_model *exact) {
    struct hm_error err = {0};
    struct hm_model *model;
    const struct nn_product *product;
    const char *isa = hm_model_isa(exact);
    struct hm_model_options options = {.threads = THREADS, .batch = BATCH, .precision = precision};
    enum hm_status status = hm_model_new(&model, weights, &options, &err);
    if (nn_isa_product(&product, isa, precision, NULL) == HM_OK) {
        ck_assert_msg(status == HM_OK, "%s", err.text);
        check_cosine(model, exact, precision);
        hm_model_free(model);
        return;
    }
    ck_assert_int_eq(status, HM_EUNSUPPORTED);
    ck_assert_msg(strstr(err.text, precision->name) && strstr(err.text, isa), "%s", err.text);
}

START_TEST(test_network) {
    size_t count;
    const struct hm_precision *rows = hm_precisions(&count);
    for (size_t i = 0; i < count; i++) {
        if (!operand_of(&rows[i])->emulated) continue; // f32: check_golden.c
        struct hm_weights *weights;
        struct hm_model *model, *exact;
        make_models(&weights, &exact, &rows[i], &model);
        // Half the weights, less of Winograd.
        ck_assert_uint_lt(hm_model_bytes(model), hm_model_bytes(exact) / 2);
        check_cosine(model, exact, &rows[i]);
        hm_model_free(model);
        check_as_asked(weights, &rows[i], exact);
        hm_model_free(exact);
        hm_weights_close(weights);
    }
}
END_TEST

static void embed_photos(struct hm_model *model, const uint8_t *pixels, size_t n, float *out) {
    for (size_t p = 0; p < n; p += BATCH)
        hm_model_embed(model, pixels + p * HM_PIXEL_BYTES, n - p < BATCH ? n - p : BATCH,
                       out + p * HM_DIM);
}

static size_t read_photos(uint8_t **pixels) {
    glob_t photos;
    struct hm_error err = {0};
    struct hm_image_file file = {0};
    ck_assert(glob(HM_TESTS_DIR "/../sample/images/*/*.jpg", 0, NULL, &photos) == 0);
    const size_t n = photos.gl_pathc;
    *pixels = malloc(n * HM_PIXEL_BYTES);
    for (size_t i = 0; i < n; i++) {
        ck_assert(hm_image_file_read(&file, photos.gl_pathv[i], &err) == HM_OK);
        ck_assert(hm_image_decode(file.bytes, file.length, *pixels + i * HM_PIXEL_BYTES, &err) ==
                  HM_OK);
    }
    hm_image_file_free(&file);
    globfree(&photos);
    return n;
}

static void check_sample(const struct hm_precision *precision, const uint8_t *pixels, size_t n) {
    struct hm_weights *weights;
    struct hm_model *model, *exact;
    struct hm_error err = {0};
    float *want = malloc(n * HM_DIM * sizeof *want), *found = malloc(n * HM_DIM * sizeof *found);
    struct hm_neighbour *lists = malloc(2 * n * sizeof *lists);
    make_models(&weights, &exact, precision, &model);
    embed_photos(exact, pixels, n, want);
    embed_photos(model, pixels, n, found);
    ck_assert(hm_knn_all(want, n, 1, lists, NULL, &err) == HM_OK);
    ck_assert(hm_knn_all(found, n, 1, lists + n, NULL, &err) == HM_OK);
    size_t same = 0;
    for (size_t i = 0; i < n; i++)
        same += lists[i].index == lists[n + i].index;
    printf("sample: %zu of %zu photos have the same first neighbour in %s\n", same, n,
           precision->name);
    ck_assert_uint_ge(100 * same, 99 * n);
    hm_model_free(model), hm_model_free(exact), hm_weights_close(weights);
    free(want), free(found), free(lists);
}

START_TEST(test_sample) {
    size_t count;
    const struct hm_precision *rows = hm_precisions(&count);
    uint8_t *pixels;
    size_t n = read_photos(&pixels);
    for (size_t i = 0; i < count; i++)
        if (operand_of(&rows[i])->emulated) check_sample(&rows[i], pixels, n);
    free(pixels);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        test_names,   test_model_names, test_convert, test_bf16_rounding, test_pack,
        test_product, test_network,     test_sample, // last: a minute a photo under qemu
    };
    size_t count = sizeof tests / sizeof *tests;
    return random_suite_run("nn/precisions", 23, tests, HM_EMULATED ? count - 1 : count);
}
