// SPDX-License-Identifier: MIT
// hmrec: the table of commands.

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "describe.h"
#include "resources.h"
#include "suggest.h"

static const struct app_command commands[] = {
    {"embed", "PATH... [options]", "pictures -> embeddings in a store or a file", cmd_embed},
    {"setup", "[--store URI] [--graph URI]",
     "files, databases and constraints, before the first load", cmd_setup},
    {"load", "[--articles FILE] [--customers FILE] [--transactions FILE]",
     "catalogue, customers and purchases into a store", cmd_load},
    {"import", "FILE.npy|FILE.ndjson --model NAME [options]",
     "embeddings made elsewhere into a store", cmd_import},
    {"export", "--embeddings|--neighbours|--products FILE | --neo4j-admin DIR [options]",
     "a store or the catalogue's files as the files of other programs", cmd_export},
    {"merge", "STORE... --store STORE", "the embeddings of several stores into one", cmd_merge},
    {"knn", "[options]", "the nearest products of each product, into the store", cmd_knn},
    {"cypher", "[QUERY | -f FILE | --script NAME | --csv FILE QUERY] [options]",
     "queries to a Neo4j server", cmd_cypher},
    {"similar", "CODE|FILE.jpg... [options]", "what looks like a product or photo", cmd_similar},
    {"gallery", "[CODE...] --images DIR -o DIR [options]",
     "products and their look-alikes as pictures and a page", cmd_gallery},
    {"eval", "[options]", "how good the look-alikes are, against chance", cmd_eval},
    {"prune", "--images DIR | --catalogue [--dry-run]",
     "drop what is left of photos or articles that are gone", cmd_prune},
    {"remove", "CODE... [options]", "products out of a store, with all that belongs to them",
     cmd_remove},
    {"worker", "[options] < REQUESTS > ANSWERS",
     "pictures -> embeddings by streams, for engines that start it", cmd_worker},
    {"pixels", "FILE... -o FILE.npy", "what the network sees of each picture", cmd_pixels},
    {"weights", "info|verify [FILE] or random -o FILE", "look into, check or make a weights file",
     cmd_weights},
    {"bench", "model|kernels|knn|jpeg [options] [FILE...]",
     "how fast the network, its layers, the neighbour search and the decoder are here", cmd_bench},
    {"info", "[options]", "this machine, libraries, weights and store", cmd_info},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static const char footer[] = "\nhmrec COMMAND --help tells more; hmrec help environment lists the "
                             "variables that are read. Exit status: 0 all done; 1 something "
                             "failed, named on stderr; 2 wrong usage.\n";

static void print_help(FILE *out) {
    fprintf(out, "hmrec %s: finds products that look alike\n\nusage: hmrec COMMAND ...\n\n",
            HM_VERSION);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
    fputs(footer, out);
}

static const struct app_command *find_command(const char *name) {
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0) return &commands[i];
    return NULL;
}

static int explain_unknown(const char *name) {
    const char *best = NULL;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < COMMANDS; i++) {
        size_t distance = suggest_distance(name, commands[i].name);
        if (distance >= least || !suggest_close(name, commands[i].name)) continue;
        least = distance;
        best = commands[i].name;
    }
    if (best) return app_usage(NULL, "unknown command \"%s\" (did you mean %s?)", name, best);
    return app_usage(NULL, "unknown command \"%s\"", name);
}

static int run_command(int argc, char **argv) {
    static char help_option[] = "--help";
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("hmrec %s\n", HM_VERSION);
        return APP_OK;
    }
    bool help = strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0;
    if (help && argc == 2) {
        print_help(stdout);
        return APP_OK;
    }
    if (help && strcmp(argv[2], "environment") == 0) {
        app_print_variables(stdout);
        return APP_OK;
    }
    if (strcmp(name, "--generate") == 0 && argc == 3)
        return app_generate(commands, COMMANDS, argv[2]);
    if (help) name = argv[2];
    const struct app_command *command = find_command(name);
    if (command && help) return command->run(command, 2, (char *[]){argv[2], help_option, NULL});
    if (command) return command->run(command, argc - 1, argv + 1);
    if (*name) return explain_unknown(name);
    print_help(stderr);
    return APP_USAGE;
}

int main(int argc, char **argv) {
    app_open_standard();
    return app_close_output(run_command(argc, argv));
}
