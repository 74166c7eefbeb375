// SPDX-License-Identifier: MIT
// Completions for bash, zsh and fish: commands, options, the names that an option takes, files
// where it takes one.

#include <string.h>

#include "describe.h"

static FILE *script;

static const struct app_choice *list_of(const struct app_option *o) {
    bool has = o->type == APP_CHOICE || o->type == APP_ACTION;
    return has ? ((const struct app_pick *)o->target)->list : NULL;
}

static void put_commands(const struct app_command *commands, size_t n) {
    for (size_t i = 0; i < n; i++)
        fprintf(script, "%s%s", i ? " " : "", commands[i].name);
}

// A text between single quotes, as a shell reads it.
static void put_quoted(const char *text) {
    putc('\'', script);
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", script);
        else
            putc(*text, script);
    putc('\'', script);
}

// ---- bash

static void put_bash_pattern(const struct app_option *o) {
    fprintf(script, "        --%s", o->name);
    if (o->letter) fprintf(script, " | -%c", o->letter);
    fputs(") ", script);
}

static void put_bash_command(const struct app_command *command, const struct app_option *options) {
    fprintf(script, "    %s)\n        options='--help --quiet", command->name);
    for (const struct app_option *o = options; o->name; o++)
        if (o->type != APP_ACTION) fprintf(script, " --%s", o->name);
    fputs("'\n        case $before in\n", script);
    for (const struct app_option *o = options; o->name; o++) {
        if (o->type == APP_FLAG || o->type == APP_ACTION) continue;
        put_bash_pattern(o);
        if (list_of(o)) {
            fputs("takes=words names='", script);
            app_put_names(script, list_of(o));
            fputs("' ;;\n", script);
        } else {
            fprintf(script, "takes=%s ;;\n", app_takes_file(o) ? "files" : "nothing");
        }
    }
    fputs("        esac\n", script);
    for (const struct app_option *o = options; o->name; o++) {
        if (o->type != APP_ACTION) continue;
        fputs("        ((COMP_CWORD == 2)) && takes=words names='", script);
        app_put_names(script, list_of(o));
        fputs("'\n", script);
    }
    fputs("        ;;\n", script);
}

int app_write_bash(const struct app_command *commands, size_t n, const char *folder) {
    script = app_page_open(folder, "bash/hmrec");
    if (!script) return APP_FAILED;
    fputs("# bash completion of hmrec; made by hmrec --generate from its tables of options.\n"
          "_hmrec() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local options='' names='' takes=files\n"
          "    if [[ $word == = ]]; then word=''; fi\n"
          "    if [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi\n"
          "    COMPREPLY=()\n"
          "    case ${COMP_CWORD}:${COMP_WORDS[1]} in\n"
          "    1:* | 2:help) takes=words names='",
          script);
    put_commands(commands, n);
    fputs(" help' options='--help --version' ;;\n"
          "    esac\n"
          "    ((COMP_CWORD > 1)) && case ${COMP_WORDS[1]} in\n",
          script);
    app_visit(commands, n, put_bash_command);
    fputs("    esac\n"
          "    if [[ $word == -* ]]; then takes=words names=$options; fi\n"
          "    case $takes in\n"
          "    words) mapfile -t COMPREPLY < <(compgen -W \"$names\" -- \"$word\") ;;\n"
          "    files)\n"
          "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
          "        compopt -o filenames 2>/dev/null\n"
          "        ;;\n"
          "    esac\n"
          "}\n"
          "complete -F _hmrec hmrec\n",
          script);
    return app_page_close(script, "bash/hmrec");
}

// ---- zsh

static void put_zsh_text(const char *text) {
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", script);
        else if (strchr("[]:\\", *text))
            fprintf(script, "\\%c", *text);
        else
            putc(*text, script);
}

static void put_zsh_option(const struct app_option *o) {
    bool flag = o->type == APP_FLAG;
    const char *many = o->type == APP_EACH ? "*" : "";
    fputs("            ", script);
    if (o->letter)
        fprintf(script, "'%s'{-%c%s,--%s%s}'[", many, o->letter, flag ? "" : "+", o->name,
                flag ? "" : "=");
    else
        fprintf(script, "'%s--%s%s[", many, o->name, flag ? "" : "=");
    put_zsh_text(o->help);
    putc(']', script);
    if (!flag) {
        putc(':', script);
        put_zsh_text(o->metavar);
        putc(':', script);
        if (list_of(o)) {
            putc('(', script);
            app_put_names(script, list_of(o));
            putc(')', script);
        } else if (app_takes_file(o)) {
            fputs("_files", script);
        }
    }
    fputs("' \\\n", script);
}

static void put_zsh_command(const struct app_command *command, const struct app_option *options) {
    fprintf(script, "    %s)\n        _arguments -s -S \\\n", command->name);
    for (const struct app_option *o = options; o->name; o++) {
        if (o->type != APP_ACTION) {
            put_zsh_option(o);
            continue;
        }
        fprintf(script, "            '1:%s:(", o->metavar);
        app_put_names(script, list_of(o));
        fputs(")' \\\n", script);
    }
    fputs("            {-q,--quiet}'[no progress, no notes; errors remain]' \\\n"
          "            {-h,--help}'[a summary of the options]' \\\n"
          "            '*:file:_files'\n        ;;\n",
          script);
}

int app_write_zsh(const struct app_command *commands, size_t n, const char *folder) {
    script = app_page_open(folder, "zsh/_hmrec");
    if (!script) return APP_FAILED;
    fputs("#compdef hmrec\n# Made by hmrec --generate from its tables of options.\n_hmrec() {\n"
          "    local -a commands=(\n",
          script);
    for (size_t i = 0; i < n; i++) {
        fprintf(script, "        '%s:", commands[i].name);
        put_zsh_text(commands[i].summary);
        fputs("'\n", script);
    }
    fputs("        'help:of a command, or of the environment'\n    )\n"
          "    if ((CURRENT == 2)) || [[ CURRENT -eq 3 && $words[2] == help ]]; then\n"
          "        _describe command commands\n"
          "        return\n"
          "    fi\n"
          "    shift words\n"
          "    ((CURRENT--))\n"
          "    case $words[1] in\n",
          script);
    app_visit(commands, n, put_zsh_command);
    fputs("    esac\n}\n_hmrec \"$@\"\n", script);
    return app_page_close(script, "zsh/_hmrec");
}

// ---- fish

static void put_fish_option(const struct app_command *command, const struct app_option *o) {
    fprintf(script, "complete -c hmrec -n '__fish_seen_subcommand_from %s'", command->name);
    if (o->type != APP_ACTION) fprintf(script, " -l %s", o->name);
    if (o->letter) fprintf(script, " -s %c", o->letter);
    if (list_of(o)) {
        fprintf(script, " %s -a '", o->type == APP_ACTION ? "" : "-x");
        app_put_names(script, list_of(o));
        putc('\'', script);
    } else if (o->type != APP_FLAG) {
        fputs(app_takes_file(o) ? " -r -F" : " -x", script);
    }
    fputs(" -d ", script);
    put_quoted(o->help);
    putc('\n', script);
}

static void put_fish_command(const struct app_command *command, const struct app_option *options) {
    for (; options->name; options++)
        put_fish_option(command, options);
    fprintf(script,
            "complete -c hmrec -n '__fish_seen_subcommand_from %s' -l quiet -s q -d 'no progress, "
            "no notes; errors remain'\n"
            "complete -c hmrec -n '__fish_seen_subcommand_from %s' -l help -s h -d 'a summary of "
            "the options'\n",
            command->name, command->name);
}

int app_write_fish(const struct app_command *commands, size_t n, const char *folder) {
    script = app_page_open(folder, "fish/hmrec.fish");
    if (!script) return APP_FAILED;
    fputs("# fish completion of hmrec; made by hmrec --generate from its tables of options.\n"
          "complete -c hmrec -n __fish_use_subcommand -f\n",
          script);
    for (size_t i = 0; i < n; i++) {
        fprintf(script, "complete -c hmrec -n __fish_use_subcommand -a %s -d ", commands[i].name);
        put_quoted(commands[i].summary);
        putc('\n', script);
    }
    fputs("complete -c hmrec -n __fish_use_subcommand -a help -d 'of a command, or of the "
          "environment'\ncomplete -c hmrec -n '__fish_seen_subcommand_from help' -f -a '",
          script);
    put_commands(commands, n);
    fputs(" environment'\n", script);
    app_visit(commands, n, put_fish_command);
    return app_page_close(script, "fish/hmrec.fish");
}
