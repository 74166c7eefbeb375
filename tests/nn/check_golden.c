// SPDX-License-Identifier: MIT
// The whole network against Keras. tools/make_golden_embeddings.py had Keras compute, in double
// precision, what each network with the weights of seed 1 makes of the four pictures drawn here.
// Every ISA of this machine must give the same of ResNet50V2, whatever the threads, the batch and
// the plan; where embeddings differ, the stages of the network tell from which one on. The deeper
// networks are the same layers more often, and tried with the best ISA.

#include "hmrec/model.h"

#include <math.h>
#include <string.h>

#include "model/resnet_v2.h"
#include "suite.h"
#include "hmrec/weights.h"

enum { PICTURES = 4, BATCH = 8, FIRST = 8 };

// The promise is 1e-4 of the largest value and a cosine of 0.999999. Ten times closer is asserted:
// single precision with Winograd's transforms gives 2e-6 here, so that a few lost bits would show.
static const double tolerance = 1e-5, least_cosine = 0.9999999;

static struct hm_weights *weights;
static uint8_t pictures[BATCH][HM_PIXEL_BYTES]; // the four, twice
static float golden[PICTURES][HM_DIM];

// draw() of make_golden_embeddings.py, pixel by pixel.
static void draw_pixel(uint8_t out[PICTURES][3], int32_t x, int32_t y) {
    static const uint8_t ground[3] = {240, 238, 232}, red[3] = {200, 30, 40},
                         yellow[3] = {235, 200, 40}, blue[3] = {30, 60, 170},
                         white[3] = {250, 250, 250};
    const uint8_t ramps[3] = {(uint8_t)(x * 255 / 223), (uint8_t)(y * 255 / 223),
                              (uint8_t)((x + y) * 255 / 446)};
    memcpy(out[0], ramps, 3);
    memcpy(out[1], y / 8 % 2 == 0 ? ground : red, 3);
    for (int32_t c = 0; c < 3; c++) {
        uint32_t v = (uint32_t)((y * HM_SIDE + x) * 3 + c) * 2654435761u + 12345u;
        v ^= v >> 15;
        v *= 2246822519u;
        v ^= v >> 13;
        out[2][c] = (uint8_t)(v >> 24);
    }
    bool inside = (x - 112) * (x - 112) + (y - 100) * (y - 100) < 70 * 70;
    memcpy(out[3], !inside ? white : (x / 16 + y / 16) % 2 == 0 ? yellow : blue, 3);
}

static void draw(void) {
    for (int32_t i = 0; i < HM_SIDE * HM_SIDE; i++) {
        uint8_t pixel[PICTURES][3];
        draw_pixel(pixel, i % HM_SIDE, i / HM_SIDE);
        for (size_t p = 0; p < BATCH; p++)
            memcpy(pictures[p] + 3 * i, pixel[p % PICTURES], 3);
    }
}

static FILE *open_golden(const char *name) {
    char path[512];
    snprintf(path, sizeof path, HM_TESTS_DIR "/nn/golden/%s", name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s cannot be opened", path);
    return file;
}

static struct hm_model *new_model(const char *isa, unsigned threads, unsigned batch) {
    struct hm_model *model;
    struct hm_error err = {0};
    struct hm_model_options options = {.isa = isa, .threads = threads, .batch = batch};
    ck_assert_msg(hm_model_new(&model, weights, &options, &err) == HM_OK, "%s", err.text);
    return model;
}

// Largest difference as a share of the largest golden value; *cosine of the angle between both.
static double compare(const float *found, const float *expected, double *cosine) {
    double largest = 0, difference = 0, dot = 0, a = 0, b = 0;
    for (size_t i = 0; i < HM_DIM; i++) {
        double f = (double)found[i], e = (double)expected[i];
        largest = fmax(largest, fabs(e));
        difference = isnan(f) ? INFINITY : fmax(difference, fabs(f - e));
        dot += f * e;
        a += f * f;
        b += e * e;
    }
    *cosine = dot / sqrt(a * b);
    return difference / largest;
}

// what: an ISA or a network
static void check_embedding(const float *found, size_t picture, const char *what) {
    double cosine, difference = compare(found, golden[picture], &cosine);
    ck_assert_msg(difference <= tolerance && cosine >= least_cosine,
                  "%s, picture %zu: off by %g of the largest value, cosine %.9f", what, picture,
                  difference, cosine);
    printf("%-11s picture %zu: off by %.1e of the largest value, 1 - cosine %.1e\n", what, picture,
           difference, 1 - cosine);
}

// A buffer in which a model still holds a stage of its last picture after hm_model_embed. (Inside a
// stage the sum is overwritten by each block.)
struct stage {
    const char *name;
    const float *values;
    size_t count;
};

static void compare_stage(const struct stage *stage, const char *numbers, const char *isa,
                          size_t picture) {
    double golden_mean, golden_l2, first[FIRST], sum = 0, squares = 0;
    ck_assert_int_eq(sscanf(numbers, "%lf %lf %lf %lf %lf %lf %lf %lf %lf %lf", &golden_mean,
                            &golden_l2, &first[0], &first[1], &first[2], &first[3], &first[4],
                            &first[5], &first[6], &first[7]),
                     2 + FIRST);
    for (size_t i = 0; i < stage->count; i++) {
        sum += (double)stage->values[i];
        squares += (double)stage->values[i] * (double)stage->values[i];
    }
    double rms = golden_l2 / sqrt((double)stage->count); // the size of a value here
    ck_assert_msg(fabs(sum / (double)stage->count - golden_mean) <= tolerance * rms &&
                      fabs(sqrt(squares) / golden_l2 - 1) <= tolerance,
                  "%s, picture %zu, %s: found mean %.9g and L2 %.9g, expected %.9g and %.9g", isa,
                  picture, stage->name, sum / (double)stage->count, sqrt(squares), golden_mean,
                  golden_l2);
    for (size_t i = 0; i < FIRST; i++)
        ck_assert_msg(fabs((double)stage->values[i] - first[i]) <= 10 * tolerance * rms,
                      "%s, picture %zu, %s[%zu]: found %.9g, expected %.9g", isa, picture,
                      stage->name, i, (double)stage->values[i], first[i]);
}

static void check_stages(const struct hm_model *model, const float *embedding, const char *isa,
                         size_t picture) {
    const struct stage stages[] = {
        {"pool1_pool", model->pass[0].stage_in[0], 56 * 56 * 64},
        {"conv2_block3_out", model->pass[0].stage_in[1], 28 * 28 * 256},
        {"conv3_block4_out", model->pass[0].stage_in[2], 14 * 14 * 512},
        {"conv4_block6_out", model->pass[0].stage_in[3], 7 * 7 * 1024},
        {"conv5_block3_out", model->pass[0].stage_in[4], 7 * 7 * 2048},
        {"avg_pool", embedding, HM_DIM},
    };
    char line[512], name[64];
    size_t compared = 0, number;
    FILE *file = open_golden("resnet50v2_seed1_stages.txt");
    while (fgets(line, sizeof line, file)) {
        int at;
        ck_assert_int_eq(sscanf(line, "%zu %63s %n", &number, name, &at), 2);
        for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
            if (number == picture && strcmp(name, stages[i].name) == 0) {
                compare_stage(&stages[i], line + at, isa, picture);
                compared++;
            }
    }
    fclose(file);
    ck_assert_uint_eq(compared, sizeof stages / sizeof *stages);
}

// Calls test(isa) for each ISA that this machine can run.
static void for_each_isa(void test(const char *isa)) {
    size_t count, usable = 0;
    const struct hm_isa *isas = hm_isas(&count);
    for (size_t i = 0; i < count; i++)
        if (isas[i].usable) {
            test(isas[i].name);
            usable++;
        }
    ck_assert_uint_ge(usable, 1);
}

// One picture alone, with its stages.
static void check_one(struct hm_model *model, size_t picture, const char *isa) {
    static float embedding[HM_DIM];
    hm_model_embed(model, pictures[picture], 1, embedding);
    check_stages(model, embedding, isa, picture);
    check_embedding(embedding, picture, isa);
}

// The latency plan, two pictures with each number of threads.
static void one_by_one(const char *isa) {
    for (unsigned threads = 1; threads <= 2; threads++) {
        struct hm_model *model = new_model(isa, threads, 1);
        for (size_t p = 2 * threads - 2; p < 2 * threads; p++)
            check_one(model, p, isa);
        hm_model_free(model);
    }
}

// Under an emulator a picture takes half a minute, so only one is tried.
static void just_one(const char *isa) {
    struct hm_model *model = new_model(isa, 2, 1);
    check_one(model, 3, isa);
    hm_model_free(model);
}

// The throughput plan: eight at once with each number of threads, then one alone for its stages.
static void eight_at_once(const char *isa) {
    static float embeddings[BATCH][HM_DIM];
    for (unsigned threads = 1; threads <= 2; threads++) {
        struct hm_model *model = new_model(isa, threads, BATCH);
        memset(embeddings, 0xff, sizeof embeddings); // NaN
        hm_model_embed(model, pictures[0], BATCH, embeddings[0]);
        for (size_t p = 0; p < BATCH; p++)
            check_embedding(embeddings[p], p % PICTURES, isa);
        if (threads == 2) check_one(model, 3, isa);
        hm_model_free(model);
    }
}

START_TEST(test_one_by_one) {
    for_each_isa(HM_EMULATED ? just_one : one_by_one);
}
END_TEST

START_TEST(test_eight_at_once) {
    if (!HM_EMULATED) for_each_isa(eight_at_once);
}
END_TEST

// Make the network current: its weights of seed 1, and what Keras answers with them.
static void load(const struct hm_network *network) {
    struct hm_error err = {0};
    char name[64];
    hm_weights_close(weights);
    ck_assert_msg(hm_weights_random(&weights, network, 1, &err) == HM_OK, "%s", err.text);
    snprintf(name, sizeof name, "%s_seed1.f32", network->id);
    FILE *file = open_golden(name);
    ck_assert_uint_eq(fread(golden, sizeof golden, 1, file), 1);
    ck_assert_int_eq(fgetc(file), EOF);
    fclose(file);
}

// Both plans, under an emulator one picture.
START_TEST(test_deeper) {
    static float embeddings[PICTURES][HM_DIM];
    size_t count;
    const struct hm_network *network = &hm_networks(&count)[_i];
    load(network);
    for (unsigned batch = 1; batch <= (HM_EMULATED ? 1 : PICTURES); batch += PICTURES - 1) {
        struct hm_model *model = new_model(NULL, 2, batch);
        memset(embeddings, 0xff, sizeof embeddings); // NaN
        hm_model_embed(model, pictures[0], batch, embeddings[0]);
        for (size_t p = 0; p < batch; p++)
            check_embedding(embeddings[p], p, network->name);
        hm_model_free(model);
    }
}
END_TEST

static void setup(void) {
    size_t count;
    draw();
    load(hm_networks(&count));
}

static void teardown(void) {
    hm_weights_close(weights);
}

int main(void) {
    Suite *suite = suite_create("nn/golden");
    TCase *tests = tcase_create("against Keras");
    tcase_set_timeout(tests, 0); // one process, no fork: nothing to interrupt
    tcase_add_unchecked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_one_by_one);
    tcase_add_test(tests, test_eight_at_once);
    size_t count;
    hm_networks(&count);
    tcase_add_loop_test(tests, test_deeper, 1, (int)count); // the first is what setup loaded
    suite_add_tcase(suite, tests);
    return suite_run(suite, 1);
}
