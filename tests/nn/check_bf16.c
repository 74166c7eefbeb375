// SPDX-License-Identifier: MIT
// bf16: the rounding of a number bit by bit; the product of this CPU, where it has one, and a
// portable emulation of it against sums of rounded numbers in double precision; the whole network
// on the emulation against f32, on waves and on the sample's photos.

#include <float.h>
#include <glob.h>

#include "hmrec/image.h"
#include "hmrec/knn.h"
#include "nn_support.h"
#include "model/resnet_v2.h"
#include "hmrec/weights.h"

// ---- the emulation: the same loop as the real ones, with two multiply-adds in f32 for a dot
// product

enum { MR = 4, NR = 16, VEC = 4 };

typedef float vec __attribute__((vector_size(16)));
typedef uint32_t pairs __attribute__((vector_size(16)));
typedef uint32_t pairs_mem __attribute__((vector_size(16), aligned(2), may_alias));

static inline vec dot(vec sum, pairs a, pairs b) {
    vec even =
        (vec)(a << 16) * (vec)(b << 16); // little-endian: the first of a pair is the lower half
    vec odd = (vec)(a & 0xffff0000) * (vec)(b & 0xffff0000);
    return sum + odd + even;
}

static inline pairs spread(const uint16_t *pair) {
    uint32_t both;
    memcpy(&both, pair, sizeof both);
    return both - (pairs){0};
}

static inline pairs load_pairs(const uint16_t *p) {
    return *(const pairs_mem *)p;
}

#include "isa/bf16_kernel.h"

static const struct nn_bf16_kernels emulated = {"emulated", MR, NR, gemm};

// ---- rounding

static float from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static float from_bf16(uint16_t x) {
    return from_bits((uint32_t)x << 16);
}

START_TEST(test_rounding) {
    const struct {
        uint32_t in;
        uint16_t out;
    } cases[] = {
        {0x3f800000, 0x3f80}, {0x3f808000, 0x3f80}, // 1; half way to the next, even below
        {0x3f808001, 0x3f81}, {0x3f818000, 0x3f82}, // above half; half way, even above
        {0x3f817fff, 0x3f81}, {0xbf818000, 0xbf82}, {0x00000000, 0x0000},
        {0x80000000, 0x8000}, {0x7f800000, 0x7f80}, {0xff800000, 0xff80}, // infinities stay
        {0x7f7fffff, 0x7f80}, // the largest float rounds to infinity
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(nn_bf16_round(from_bits(cases[i].in)) == cases[i].out,
                      "%08x rounds to %04x, expected %04x", (unsigned)cases[i].in,
                      nn_bf16_round(from_bits(cases[i].in)), cases[i].out);
    const uint32_t nans[] = {0x7fc00000, 0x7f800001, 0xffffffff};
    for (size_t i = 0; i < 3; i++)
        ck_assert(isnan(from_bf16(nn_bf16_round(from_bits(nans[i])))));
    for (size_t i = 0; i < 100000; i++) {
        float x = random_float(), rounded = from_bf16(nn_bf16_round(x));
        ck_assert_msg(fabs((double)(rounded - x)) <= fabs((double)x) * 0x1p-8, "%g", (double)x);
    }
}
END_TEST

// ---- product

static void check_product(const struct nn_bf16_kernels *kernels, size_t m, size_t k, bool extras) {
    const size_t n = 2 * kernels->nr, nr = kernels->nr, c_stride = n + 4;
    uint16_t *a = malloc(m * k * sizeof *a), *b = malloc(k * n * sizeof *b);
    for (size_t i = 0; i < m * k; i++)
        a[i] = nn_bf16_round(random_float());
    for (size_t i = 0; i < k * n; i++)
        b[i] = nn_bf16_round(random_float());
    float *bias = random_floats(n), *residual = random_floats(m * n);
    uint32_t *rows = malloc(m * sizeof *rows);
    for (size_t i = 0; i < m; i++)
        rows[i] = (uint32_t)(m - 1 - i);
    struct guarded c = guarded_new((m - 1) * c_stride + n);
    struct nn_bf16_gemm g = {.a = a, .a_stride = k, .k = k, .b = b, .c = c.data};
    g.c_stride = c_stride;
    if (extras) {
        g.bias = bias;
        g.residual = residual;
        g.residual_stride = n;
        g.residual_row = rows;
        g.relu = true;
    }
    kernels->gemm(&g, 0, m, 0, 2);
    double tolerance = 2 * (double)(k + 2) * (double)FLT_EPSILON, biggest = 0;
    for (size_t r = 0; r < m; r++)
        for (size_t col = 0; col < n; col++) {
            double sum = extras ? (double)(bias[col] + 0) : 0;
            for (size_t i = 0; i < k; i++) {
                size_t pair = (col / nr * (k / 2) + i / 2) * nr + col % nr;
                sum += (double)from_bf16(a[r * k + i]) * (double)from_bf16(b[2 * pair + i % 2]);
            }
            if (extras) sum = fmax(0, sum + (double)residual[(m - 1 - r) * n + col]);
            biggest = fmax(biggest, fabs(sum));
            ck_assert_msg(fabs((double)c.data[r * c_stride + col] - sum) <= tolerance,
                          "%s: %zu x %zu: [%zu][%zu] is %g, expected %g", kernels->name, m, k, r,
                          col, (double)c.data[r * c_stride + col], sum);
        }
    ck_assert_msg(tolerance < biggest, "the tolerance hides everything");
    guarded_check_and_free(&c, kernels->name);
    free(a), free(b), free(bias), free(residual), free(rows);
}

static void check_products(const struct nn_bf16_kernels *kernels) {
    for (size_t m = 1; m <= 2 * kernels->mr + 1; m++)
        check_product(kernels, m, 64, m % 2);
    check_product(kernels, 5, 2, false);
    check_product(kernels, 7, 2304, true);
}

START_TEST(test_product) {
    size_t count;
    const struct hm_isa *isas = hm_isas(&count);
    check_products(&emulated);
    for (size_t i = 0; i < count; i++) {
        const struct nn_bf16_kernels *kernels = isas[i].usable ? nn_isa_bf16(isas[i].name) : NULL;
        if (kernels) check_products(kernels);
        printf("%-8s %s\n", isas[i].name, kernels ? kernels->name : "no bf16 here");
    }
}
END_TEST

// ---- network

static void check_cosine(struct hm_model *model, struct hm_model *exact) {
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
        printf("picture %zu: cosine of bf16 with f32 %.7f\n", p, ab / sqrt(aa * bb));
        ck_assert_msg(ab / sqrt(aa * bb) >= 0.9995, "cosine %.7f", ab / sqrt(aa * bb));
        ck_assert_msg(memcmp(found[p], want[p], sizeof *want) != 0, "this was f32");
    }
}

enum { BATCH = 4, THREADS = HM_EMULATED ? 1 : 2 };

// The network on seeded weights, in f32 and on the emulation.
static void make_models(struct hm_weights **weights, struct hm_model **exact,
                        struct hm_model **model) {
    struct hm_error err = {0};
    ck_assert(hm_weights_random(weights, NULL, 1, &err) == HM_OK);
    struct hm_model_options options = {.threads = THREADS, .batch = BATCH, .precision = HM_FP32};
    ck_assert(hm_model_new(exact, *weights, &options, &err) == HM_OK);
    const char *isa = hm_model_isa(*exact);
    struct nn_network how = {
        .kernels = nn_isa_kernels(isa), .bf16 = &emulated, .plan = nn_choose_plan(BATCH, HM_BF16)};
    ck_assert(nn_model_make(model, *weights, isa, &how, THREADS, BATCH, &err) == HM_OK);
}

START_TEST(test_network) {
    struct hm_weights *weights;
    struct hm_error err = {0};
    struct hm_model *model, *exact;
    make_models(&weights, &exact, &model);
    const char *isa = hm_model_isa(exact);
    ck_assert_uint_lt(hm_model_bytes(model),
                      hm_model_bytes(exact) / 2); // half the weights, less of Winograd
    check_cosine(model, exact);
    hm_model_free(model);
    struct hm_model_options options = {.threads = THREADS, .batch = BATCH, .precision = HM_BF16};
    enum hm_status status = hm_model_new(&model, weights, &options, &err);
    if (nn_isa_bf16(isa)) {
        ck_assert_msg(status == HM_OK, "%s", err.text);
        check_cosine(model, exact);
        hm_model_free(model);
    } else {
        ck_assert_int_eq(status, HM_EUNSUPPORTED);
        ck_assert_msg(strstr(err.text, "bf16") && strstr(err.text, isa), "%s", err.text);
    }
    hm_model_free(exact);
    hm_weights_close(weights);
}
END_TEST

static void embed_photos(struct hm_model *model, const uint8_t *pixels, size_t n, float *out) {
    for (size_t p = 0; p < n; p += BATCH)
        hm_model_embed(model, pixels + p * HM_PIXEL_BYTES, n - p < BATCH ? n - p : BATCH,
                       out + p * HM_DIM);
}

START_TEST(test_sample) {
    glob_t photos;
    struct hm_weights *weights;
    struct hm_model *model, *exact;
    struct hm_error err = {0};
    ck_assert(glob(HM_TESTS_DIR "/../sample/images/*/*.jpg", 0, NULL, &photos) == 0);
    const size_t n = photos.gl_pathc;
    uint8_t *pixels = malloc(n * HM_PIXEL_BYTES);
    float *want = malloc(n * HM_DIM * sizeof *want), *found = malloc(n * HM_DIM * sizeof *found);
    struct hm_neighbour *lists = malloc(2 * n * sizeof *lists);
    struct hm_image_file file = {0};
    for (size_t i = 0; i < n; i++) {
        ck_assert(hm_image_file_read(&file, photos.gl_pathv[i], &err) == HM_OK);
        ck_assert(hm_image_decode(file.bytes, file.length, pixels + i * HM_PIXEL_BYTES, &err) ==
                  HM_OK);
    }
    hm_image_file_free(&file);
    make_models(&weights, &exact, &model);
    embed_photos(exact, pixels, n, want);
    embed_photos(model, pixels, n, found);
    ck_assert(hm_knn_all(want, n, 1, lists, NULL, &err) == HM_OK);
    ck_assert(hm_knn_all(found, n, 1, lists + n, NULL, &err) == HM_OK);
    size_t same = 0;
    for (size_t i = 0; i < n; i++)
        same += lists[i].index == lists[n + i].index;
    printf("sample: %zu of %zu photos have the same first neighbour in bf16\n", same, n);
    ck_assert_uint_ge(100 * same, 99 * n);
    hm_model_free(model), hm_model_free(exact), hm_weights_close(weights);
    free(pixels), free(want), free(found), free(lists);
    globfree(&photos);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        test_rounding, test_product, test_network,
        test_sample, // last: a minute a photo under qemu
    };
    size_t count = sizeof tests / sizeof *tests;
    return random_suite_run("nn/bf16", 23, tests, HM_EMULATED ? count - 1 : count);
}
