// SPDX-License-Identifier: MIT
// Seeded weights: the same bytes everywhere, and figures of a healthy network. Saving and reading
// them back.

#include "hmrec/weights.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

// hm_weights_digest of seed 1. It may change only together with the golden answers that tests/nn/
// keeps for the same weights.
static const char digest_of_seed_1[] =
    "03a9661169b45b046046876b350c8d321136d3de6002b44a489b6adf81ff76ef";

static char folder[] = "/tmp/hmrec-random-XXXXXX";
static char file[sizeof folder + 16];
static struct hm_weights *seeded;

// Number of directory entries, to see that no temporary file stays behind.
static int entries(void) {
    char command[sizeof folder + 32];
    int count = -1;
    snprintf(command, sizeof command, "ls -A %s | wc -l", folder);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    ck_assert_int_eq(fscanf(pipe, "%d", &count), 1);
    pclose(pipe);
    return count;
}

START_TEST(test_golden_digest) {
    const char *hex;
    ck_assert_int_eq(hm_weights_digest(seeded, &hex, NULL), HM_OK);
    ck_assert_str_eq(hex, digest_of_seed_1);
}
END_TEST

START_TEST(test_another_seed) {
    struct hm_weights *other;
    const char *hex;
    ck_assert_int_eq(hm_weights_random(&other, NULL, 2, NULL), HM_OK);
    ck_assert_int_eq(hm_weights_digest(other, &hex, NULL), HM_OK);
    ck_assert_str_ne(hex, digest_of_seed_1);
    hm_weights_close(other);
}
END_TEST

// Keras: model.count_params() and len(model.weights) with include_top=False.
static const struct {
    const char *name;
    size_t values, tensors;
} keras[] = {
    {"ResNet50V2", 23564800, 270}, {"ResNet101V2", 42626560, 542}, {"ResNet152V2", 58331648, 814}};

START_TEST(test_specs) {
    const struct hm_network *network;
    size_t count, values = 0;
    ck_assert_int_eq(hm_network_find(&network, keras[_i].name, NULL), HM_OK);
    const struct hm_weights_spec *specs = hm_weights_specs(network, &count);
    for (size_t i = 0; i < count; i++)
        values += hm_weights_count(&specs[i]);
    ck_assert_uint_eq(count, keras[_i].tensors);
    ck_assert_uint_eq(values, keras[_i].values);
    ck_assert_str_eq(specs[0].name, "conv1_conv/kernel");
    ck_assert_str_eq(specs[count - 1].name, "post_bn/moving_variance");
}
END_TEST

START_TEST(test_networks) {
    const struct hm_network *network;
    struct hm_error err = {0};
    size_t count, blocks;
    const struct hm_network *networks = hm_networks(&count);
    ck_assert_uint_eq(count, sizeof keras / sizeof *keras);
    ck_assert_int_eq(hm_network_find(&network, "", NULL), HM_OK);
    ck_assert_ptr_eq(network, &networks[0]);
    ck_assert_int_eq(hm_network_find(&network, "RESNET152v2", NULL), HM_OK);
    ck_assert_ptr_eq(network, &networks[2]);
    const struct hm_block *block = hm_network_blocks(network, &blocks);
    ck_assert_uint_eq(blocks, 3 + 8 + 36 + 3);
    ck_assert_str_eq(block[46].name, "conv4_block36");
    ck_assert(block[46].shortcut == HM_SUBSAMPLED && block[46].side == 14 &&
              block[46].out_side == 7);
    ck_assert(block[47].shortcut == HM_PROJECTION && block[47].in == 1024 && block[47].out == 2048);
    ck_assert(block[49].shortcut == HM_IDENTITY && block[49].out_side == 7);
    ck_assert_int_eq(hm_network_find(&network, "resnet50", &err), HM_EARG);
    ck_assert_str_eq(err.text,
                     "found model \"resnet50\", expected resnet50v2, resnet101v2 or resnet152v2");
    // conv1 and 16 blocks, added up by hand.
    ck_assert_double_eq(hm_network_flop(&networks[0]), 6960414720);
}
END_TEST

START_TEST(test_tensors) {
    size_t count;
    const struct hm_weights_spec *specs = hm_weights_specs(hm_weights_network(seeded), &count);
    for (size_t i = 0; i < count; i++)
        ck_assert_ptr_nonnull(hm_weights_tensor(seeded, specs[i].name));
    ck_assert_ptr_null(hm_weights_tensor(seeded, "predictions/kernel"));
    ck_assert_double_eq(hm_weights_get_stats(seeded, "predictions/kernel").sd, 0);
}
END_TEST

// Kernels: mean 0, He's deviation (0.5 of it in the last convolution of a branch). Batch norms:
// gamma around 1, beta around 0, no two alike; every variance positive and of the size of 1, so
// that nothing dies or explodes on the way.
static void check_figures(const struct hm_weights *weights) {
    size_t count;
    const struct hm_weights_spec *specs = hm_weights_specs(hm_weights_network(weights), &count);
    // Each block adds a fifth to a quarter to the trunk, and no stage has more of them than conv4.
    const double most = 1.5 + 0.25 * hm_weights_network(weights)->blocks[2];
    ck_assert_int_eq(hm_weights_check_values(weights, NULL), HM_OK);
    for (size_t i = 0; i < count; i++) {
        const char *part = strchr(specs[i].name, '/') + 1;
        struct hm_weights_stats s = hm_weights_get_stats(weights, specs[i].name);
        double n = (double)hm_weights_count(&specs[i]);
        ck_assert_msg(s.min < s.max, "%s is constant", specs[i].name);
        if (strcmp(part, "kernel") == 0) {
            double inputs = (double)(specs[i].shape[0] * specs[i].shape[1] * specs[i].shape[2]);
            double he = sqrt(2 / inputs) * (strstr(specs[i].name, "_3_conv") ? 0.5 : 1);
            ck_assert_msg(fabs(s.sd / he - 1) < 5 / sqrt(n), "%s: sd %g, expected %g",
                          specs[i].name, s.sd, he);
            ck_assert_msg(fabs(s.mean) < 5 * he / sqrt(n), "%s: mean %g", specs[i].name, s.mean);
        } else if (strcmp(part, "gamma") == 0) {
            ck_assert_msg(s.min >= 0.7f && s.max <= 1.3f && fabs(s.mean - 1) < 0.1, "%s",
                          specs[i].name);
        } else if (strcmp(part, "beta") == 0) {
            ck_assert_msg(s.min > -1.2f && s.max < 1 && s.sd > 0.1, "%s", specs[i].name);
        } else if (strcmp(part, "moving_variance") == 0) {
            ck_assert_msg(s.min > 0.01f && s.mean > 0.3 && s.mean < most, "%s: %g, mean %g",
                          specs[i].name, (double)s.min, s.mean);
        } else { // bias, moving_mean
            ck_assert_msg(fabs(s.mean) < 0.5 && s.sd > 0.01 && s.sd < 2, "%s: %g %g", specs[i].name,
                          s.mean, s.sd);
        }
    }
}

START_TEST(test_figures) {
    check_figures(seeded);
}
END_TEST

START_TEST(test_figures_of_the_deepest) {
    struct hm_weights *deepest;
    size_t count;
    const struct hm_network *networks = hm_networks(&count);
    ck_assert_int_eq(hm_weights_random(&deepest, &networks[count - 1], 1, NULL), HM_OK);
    check_figures(deepest);
    hm_weights_close(deepest);
}
END_TEST

START_TEST(test_round_trip) {
    struct hm_weights *read;
    struct hm_error err = {0};
    const char *hex;
    size_t count;
    const struct hm_weights_spec *specs = hm_weights_specs(hm_weights_network(seeded), &count);
    ck_assert_msg(hm_weights_save(seeded, file, &err) == HM_OK, "%s", err.text);
    ck_assert_int_eq(entries(), 1);
    ck_assert_msg(hm_weights_open(&read, file, &err) == HM_OK, "%s", err.text);
    for (size_t i = 0; i < count; i++) {
        const float *values = hm_weights_tensor(read, specs[i].name);
        ck_assert_uint_eq((uintptr_t)values % 64, 0); // the writer aligns what the reader maps
        size_t bytes = hm_weights_count(&specs[i]) * sizeof(float);
        ck_assert_int_eq(memcmp(values, hm_weights_tensor(seeded, specs[i].name), bytes), 0);
        hm_weights_release(read, specs[i].name);
        ck_assert_int_eq(memcmp(values, hm_weights_tensor(seeded, specs[i].name), bytes), 0);
    }
    ck_assert(hm_weights_are_random(read));
    ck_assert_str_eq(hm_weights_network(read)->name, "ResNet50V2");
    ck_assert_str_eq(hm_weights_source(read), "hmrec weights random --seed 1");
    ck_assert_str_eq(hm_weights_source_sha256(read), "");
    ck_assert_int_eq(hm_weights_digest(read, &hex, NULL), HM_OK);
    ck_assert_str_eq(hex, digest_of_seed_1);
    // Over the file that is mapped: the old one stays readable, the new one has the same bytes.
    ck_assert_int_eq(hm_weights_save(read, file, NULL), HM_OK);
    hm_weights_close(read);
    ck_assert_int_eq(hm_weights_open(&read, file, NULL), HM_OK);
    ck_assert_int_eq(hm_weights_digest(read, &hex, NULL), HM_OK);
    ck_assert_str_eq(hex, digest_of_seed_1);
    hm_weights_close(read);
    unlink(file);
}
END_TEST

START_TEST(test_written_to_while_it_is_read) {
    struct hm_weights *read;
    struct hm_error err = {0};
    const char *hex;
    ck_assert_int_eq(hm_weights_save(seeded, file, NULL), HM_OK);
    ck_assert_int_eq(hm_weights_open(&read, file, NULL), HM_OK);
    ck_assert_int_eq(hm_weights_check_unchanged(read, NULL), HM_OK);
    int fd = open(file, O_RDWR);
    ck_assert_int_eq(pwrite(fd, "\x01", 1, 90 << 20), 1);
    ck_assert_int_eq(futimens(fd, (struct timespec[]){{0, UTIME_OMIT}, {1, 0}}), 0);
    close(fd);
    ck_assert_int_eq(hm_weights_digest(read, &hex, &err), HM_ECONFLICT);
    ck_assert_ptr_nonnull(strstr(err.text, file));
    ck_assert_ptr_nonnull(strstr(err.text, "was written to while it was read"));
    hm_weights_close(read);
    unlink(file);
    ck_assert_int_eq(hm_weights_check_unchanged(seeded, NULL), HM_OK); // in memory
}
END_TEST

START_TEST(test_save_fails) {
    struct hm_error err = {0};
    ck_assert_int_eq(hm_weights_save(seeded, "/nowhere/w.safetensors", &err), HM_ENOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "/nowhere/w.safetensors"));
    ck_assert_int_eq(hm_weights_save(seeded, "/dev/null", &err), HM_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, "no regular file"));
    ck_assert_int_eq(hm_weights_save(seeded, folder, &err), HM_EIO);

    // A full disk, played by a limit on file sizes: the old file stays, nothing is left beside it.
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_eq(write(fd, "old", 3), 3);
    close(fd);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){50 << 20, 50 << 20}), 0);
    ck_assert_int_eq(hm_weights_save(seeded, file, &err), HM_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, "cannot be written: File too large"));
    ck_assert_int_eq(hm_weights_save(seeded, file, NULL), HM_EIO);
    struct stat info;
    ck_assert_int_eq(stat(file, &info), 0);
    ck_assert_int_eq(info.st_size, 3);
    ck_assert_int_eq(entries(), 1);
    unlink(file);
}
END_TEST

// Change one value of the saved file in place and expect hm_weights_check_values to find it.
static void expect_bad_value(const char *name, float value, const char *expected) {
    struct hm_weights *read;
    struct hm_error err = {0};
    ck_assert_int_eq(hm_weights_save(seeded, file, NULL), HM_OK);
    size_t count, offset = 0;
    const struct hm_weights_spec *specs = hm_weights_specs(hm_weights_network(seeded), &count),
                                 *spec = specs;
    for (; strcmp(spec->name, name) != 0; spec++)
        offset += hm_weights_count(spec) * sizeof value;
    uint64_t header;
    int fd = open(file, O_RDWR);
    ck_assert_int_eq(pread(fd, &header, sizeof header, 0), sizeof header);
    ck_assert_int_eq(
        pwrite(fd, &value, sizeof value, (off_t)(8 + header + offset + 3 * sizeof value)),
        sizeof value);
    close(fd);
    ck_assert_int_eq(hm_weights_open(&read, file, NULL), HM_OK);
    ck_assert_int_eq(hm_weights_check_values(read, &err), HM_EFORMAT);
    ck_assert_msg(strstr(err.text, expected) != NULL, "%s", err.text);
    hm_weights_close(read);
    unlink(file);
}

START_TEST(test_bad_values) {
    expect_bad_value("conv3_block2_2_conv/kernel", NAN,
                     "conv3_block2_2_conv/kernel: value 3 of 147456 is");
    expect_bad_value("post_bn/beta", INFINITY,
                     "post_bn/beta: value 3 of 2048 is inf, expected a finite number");
    expect_bad_value("post_bn/moving_variance", -1,
                     "post_bn/moving_variance: value 3 of 2048 is -1, expected a variance");
}
END_TEST

int main(void) {
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    snprintf(file, sizeof file, "%s/w", folder);
    if (hm_weights_random(&seeded, NULL, 1, NULL) != HM_OK) return EXIT_FAILURE;
    Suite *suite = suite_create("weights/random");
    TCase *tests = tcase_create("seeded");
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, test_golden_digest);
    tcase_add_test(tests, test_another_seed);
    tcase_add_loop_test(tests, test_specs, 0, sizeof keras / sizeof *keras);
    tcase_add_test(tests, test_networks);
    tcase_add_test(tests, test_tensors);
    tcase_add_test(tests, test_figures);
    tcase_add_test(tests, test_figures_of_the_deepest);
    tcase_add_test(tests, test_round_trip);
    tcase_add_test(tests, test_written_to_while_it_is_read);
    tcase_add_test(tests, test_save_fails);
    tcase_add_test(tests, test_bad_values);
    suite_add_tcase(suite, tests);
    int result = suite_run(suite, 0);
    hm_weights_close(seeded);
    unlink(file);
    rmdir(folder);
    return result;
}
